/* A QR code of version 3, level L, byte mode, mask 0 (ISO/IEC 18004): 29 x 29 modules for at most 53 characters. Pure, no float. */
#ifndef TUFFIER_QR_H
#define TUFFIER_QR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TF_QR_SIDE 29u
#define TF_QR_TEXT_MOST 53u

/* A set bit is a dark module; left to right from the highest bit, top to bottom. */
typedef struct {
    uint8_t rows[TF_QR_SIDE][4];
} tf_qr;

/* size: at most TF_QR_TEXT_MOST. */
void tf_qr_encode(const char *text, size_t size, tf_qr *code);

#endif
