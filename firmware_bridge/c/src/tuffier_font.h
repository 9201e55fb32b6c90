/* The display as 128 x 64 pixels, one bit each: row 0, rows 1 and 2 double, rows 3 to 5; or a code at the left. */
#ifndef TUFFIER_FONT_H
#define TUFFIER_FONT_H

#include "tuffier_screen.h"

#define TF_PIXELS_WIDE 128u
#define TF_PIXELS_HIGH 64u

/* Left to right from the highest bit, top to bottom. */
typedef struct {
    uint8_t rows[TF_PIXELS_HIGH][TF_PIXELS_WIDE / 8u];
} tf_pixels;

bool tf_font_has(char letter);
void tf_display_pixels(const tf_display *display, tf_pixels *pixels);

#endif
