/* A port's serial line: what an interrupt received waits for the loop, what the device says waits for room in the UART. */
#ifndef TUFFIER_LINE_H
#define TUFFIER_LINE_H

#include "tuffier_device.h"

#define TF_LINE_RECEIVED 512u /* a power of two: the counts wrap */

/* All zeros: nothing waits. `in` is written by the interrupt only, `out` by the loop only, each at once: a CPU that takes 32 bits in several steps
 * needs a ring of its own (mega/main.c). */
typedef struct {
    volatile uint32_t in;
    volatile uint32_t out;
    volatile uint8_t received[TF_LINE_RECEIVED];
    uint8_t sending[TF_OUTBOX_SIZE];
    size_t sending_size;
    size_t sending_at;
} tf_line;

/* From the interrupt. A full line loses the byte: the checksum notices. */
void tf_line_put(tf_line *line, uint8_t byte);

/* From the loop. Returns whether there was one. */
bool tf_line_get(tf_line *line, uint8_t *byte);

/* The next byte to send. Returns whether there was one. */
bool tf_line_take(tf_line *line, tf_device *device, uint8_t *byte);

#endif
