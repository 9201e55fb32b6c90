/* The words and digits on the display: a pure function of what the device knows. */
#ifndef TUFFIER_SCREEN_H
#define TUFFIER_SCREEN_H

#include "tuffier_guard.h"

/* Rows 1 and 2 are drawn double and hold 10 characters; all are padded with spaces, none ends in a NUL. */
typedef struct {
    tf_shown shown;
    char rows[TF_SCREEN_ROWS][TF_SCREEN_COLUMNS];
} tf_display;

void tf_display_draw(tf_display *screen, const tf_guard_state *state, const tf_rules *rules, tf_peer peer, bool boot_notice);

#endif
