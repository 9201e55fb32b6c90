/* The words and digits on the display: a pure function of what the device knows. */
#ifndef TUFFIER_SCREEN_H
#define TUFFIER_SCREEN_H

#include "tuffier_guard.h"
#include "tuffier_qr.h"

/* The page's address as a code: asked for at the device, then shown or not to be had. */
typedef uint8_t tf_page_state;
#define TF_PAGE_NONE 0u
#define TF_PAGE_ASKED 1u
#define TF_PAGE_DENIED 2u
#define TF_PAGE_SHOWN 3u

typedef struct {
    tf_page_state state;
    uint32_t at_ms; /* since when */
    char address[TF_QR_TEXT_MOST];
} tf_page;

/* Rows 1 and 2 are drawn double and hold 10 characters; all are padded with spaces, none ends in a NUL. */
typedef struct {
    tf_shown shown;
    char rows[TF_SCREEN_ROWS][TF_SCREEN_COLUMNS];
    char code[TF_QR_TEXT_MOST]; /* what the code at the left says, up to the first space; only where shown is TF_SHOWN_CODE */
} tf_display;

void tf_display_draw(tf_display *screen, const tf_guard_state *state, const tf_rules *rules, tf_peer peer, const tf_page *page,
                     bool boot_notice);

#endif
