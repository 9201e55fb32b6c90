/* Packets in a stream of bytes: COBS(id, payload, CRC-32) 0x00. Any bytes become packets or a cause; never a wrong packet. */
#ifndef TUFFIER_FRAME_H
#define TUFFIER_FRAME_H

#include "tuffier_wire.h"

typedef uint8_t tf_received;
#define TF_RECEIVED_NOTHING 0u
#define TF_RECEIVED_PACKET 1u   /* decoder->packet, decoder->size: id and payload, every field in range */
#define TF_RECEIVED_STRANGER 2u /* a Hello of another layout */
#define TF_RECEIVED_BAD 3u      /* decoder->cause says why */

typedef struct {
    uint8_t packet[TF_FRAME_MOST]; /* stuffed bytes until the zero, then the packet in the same place */
    size_t size;
    bool overlong;
    bool ended; /* the last byte closed a frame: the next one begins anew */
    tf_bad_cause cause;
} tf_decoder;

uint32_t tf_crc32(const uint8_t *bytes, size_t size);

/* One byte in. A packet stays in the decoder until the next call. */
tf_received tf_decoder_push(tf_decoder *decoder, uint8_t byte);

/* A packet (id, payload) as a frame of at most TF_FRAME_MOST bytes, its zero included. Returns the frame's size. */
size_t tf_frame(const uint8_t *packet, size_t size, uint8_t *frame);

#endif
