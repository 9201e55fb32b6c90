/* The words and digits on the display: a pure function of what the device knows.
 *
 * Rule 1: rows 1 to 4 hold digits only while a Pointing is fresh. Rule 2: row 0 is what the host is about, by its last Guidance of this
 * session; what was chosen here and is not the host's stands in row 5. Rule 3: DEMO stands wherever the picture is not live. Rule 4: a code takes the place
 * of words alone, and there is none while a Pointing is fresh.
 */
#include "tuffier_screen.h"

static void put(tf_display *screen, size_t row, size_t column, const char *text)
{
    for (size_t i = 0u; ((column + i) < TF_SCREEN_COLUMNS) && (text[i] != '\0'); i++) {
        screen->rows[row][column + i] = text[i];
    }
}

/* A number of tenths, right-aligned so that its last digit stands in `last`. Least four characters: sign or space, digit, point, digit. */
static void put_tenths(tf_display *screen, size_t row, size_t last, int32_t tenths, bool plus)
{
    uint32_t rest = (tenths < 0) ? (uint32_t)(-tenths) : (uint32_t)tenths;
    size_t at = last;
    screen->rows[row][at] = (char)('0' + (char)(rest % 10u));
    screen->rows[row][at - 1u] = '.';
    at -= 2u;
    rest /= 10u;
    do {
        screen->rows[row][at] = (char)('0' + (char)(rest % 10u));
        rest /= 10u;
        at--;
    } while (rest != 0u);
    if (tenths < 0) {
        screen->rows[row][at] = '-';
    } else if (plus) {
        screen->rows[row][at] = '+';
    } else {
        /* a depth has no sign */
    }
}

static void draw_digits(tf_display *screen, const tf_guidance *g)
{
    put(screen, 1u, 7u, "mm"); /* units name the large figures: a letter before them would read as a digit */
    put_tenths(screen, 1u, 5u, g->depth_tenths_mm, false);
    put(screen, 2u, 7u, "deg");
    put_tenths(screen, 2u, 5u, g->angle_tenths_deg, true);
    put(screen, 3u, 0u, "IN       X       mm");
    put_tenths(screen, 3u, 7u, g->insertion_tenths_mm, false);
    put_tenths(screen, 3u, 15u, g->lateral_tenths_mm, true);
    put(screen, 4u, 0u, "WITHIN       mm");
    put_tenths(screen, 4u, 11u, g->interval_tenths_mm, false);
}

static const char *fault_words(uint8_t faults)
{
    static const char *const words[] = {"BUTTON STUCK: RESTART", "CONFIGURE AGAIN", "STORAGE FAILED", "LOW SUPPLY",
                                        "WATCHDOG: RESTART", "BAD CONFIGURATION"};
    size_t bit = 0u;
    while ((bit < ((sizeof words / sizeof words[0]) - 1u)) && ((faults & (1u << bit)) == 0u)) {
        bit++;
    }
    return words[bit];
}

/* Chosen at this device, and the host is not there. */
static bool differs(const tf_guard_state *state, const tf_choice *choice)
{
    return (choice->procedure != TF_PROCEDURE_NONE) &&
           (!state->heard.any || (choice->procedure != state->heard.procedure) || (choice->side != state->heard.side));
}

/* Why there are no digits: the most useful reason first. */
static const char *why(const tf_guard_state *state, const tf_rules *rules, tf_peer peer, tf_page_state page)
{
    if (page != TF_PAGE_NONE) {
        return (page == TF_PAGE_ASKED) ? "ASKING FOR THE PAGE" : "NO PAGE TO REACH";
    }
    if (state->guard == TF_GUARD_PARKING) {
        return (state->last_us != 0u) ? "GOING TO PARK" : "PUT AT PARK MARK";
    }
    if (peer != TF_PEER_IN_SESSION) {
        return tf_peer_words(peer);
    }
    if (tf_procedure_sided(rules->choice.procedure) && (rules->choice.side == TF_SIDE_NONE)) {
        return "CHOOSE SIDE";
    }
    if (state->heard.any && differs(state, &rules->choice)) { /* what it withholds is another procedure's, or the other side's */
        return tf_refusal_words(TF_REFUSAL_OTHER_CHOICE);
    }
    switch (state->refusal) {
    case TF_REFUSAL_WITHHELD:
        return tf_reason_words(state->reason);
    case TF_REFUSAL_ACCEPTED:
    case TF_REFUSAL_REPEATED:
    case TF_REFUSAL_OTHER_SESSION:
        return "NO GUIDANCE";
    default:
        return tf_refusal_words(state->refusal);
    }
}

static bool demo(const tf_guard_state *state)
{
    return state->heard.any && !tf_guard_live(state);
}

/* What else to know where there are no digits. */
static const char *besides(const tf_guard_state *state, const tf_rules *rules)
{
    if (demo(state)) {
        return "DEMO: NOT LIVE";
    }
    if ((state->guard == TF_GUARD_LOCKED) && ((rules->faults & TF_FAULT_CONFIGURATION_LOST) != 0u)) {
        return "HOLD LOCK TO RELEASE"; /* comes first: locked, no Configure is taken */
    }
    if (rules->faults != 0u) {
        return fault_words(rules->faults);
    }
    if (state->guard == TF_GUARD_PARKING) {
        return "KEEP CLEAR";
    }
    return (state->guard == TF_GUARD_LOCKED) ? "HOLD LOCK TO RELEASE" : "";
}

static void draw_words(tf_display *screen, const tf_guard_state *state, const tf_rules *rules, tf_peer peer, tf_page_state page)
{
    put(screen, 1u, 0u, "  --.- mm");
    put(screen, 2u, 0u, "  --.- deg");
    put(screen, 3u, 0u, why(state, rules, peer, page));
    put(screen, 4u, 0u, besides(state, rules));
}

static void draw_boot(tf_display *screen)
{
    put(screen, 1u, 0u, "TUFFIER");
    put(screen, 2u, 0u, "RESEARCH");
    put(screen, 3u, 0u, "RESEARCH DEVICE");
    put(screen, 4u, 0u, "NOT VALIDATED");
    put(screen, 5u, 0u, "NOT FOR PATIENTS");
}

/* A bracket is fitted here, and the host aims by another Configure than the one held here. */
static bool disagrees(const tf_guard_state *state, const tf_rules *rules)
{
    return state->heard.any && (rules->limits->bracket != 0u) && !tf_guard_agreed(state, rules);
}

static void draw_foot(tf_display *screen, const tf_guard_state *state, const tf_rules *rules)
{
    if (demo(state)) {
        put(screen, 5u, 0u, "DEMO, RESEARCH");
    } else {
        put(screen, 5u, 0u, disagrees(state, rules) ? "OTHER CONFIG" : "RESEARCH ONLY");
    }
    if (state->guard != TF_GUARD_DISARMED) {
        put(screen, 5u, 15u, tf_guard_words(state->guard));
    }
}

/* Beside the code, which takes eleven columns. */
static void draw_beside(tf_display *screen, const tf_guard_state *state, const tf_page *page)
{
    (void)memcpy(screen->code, page->address, sizeof screen->code);
    put(screen, 1u, 6u, "PAGE");
    put(screen, 4u, 11u, "RESEARCH");
    put(screen, 5u, 11u, demo(state) ? "DEMO" : "ONLY");
}

void tf_display_draw(tf_display *screen, const tf_guard_state *state, const tf_rules *rules, tf_peer peer, const tf_page *page,
                     bool boot_notice)
{
    (void)memset(screen->rows, ' ', sizeof screen->rows);
    (void)memset(screen->code, ' ', sizeof screen->code);
    if (boot_notice) {
        screen->shown = TF_SHOWN_WORDS;
        draw_boot(screen);
        return;
    }
    if ((page->state == TF_PAGE_SHOWN) && !state->fresh) {
        screen->shown = TF_SHOWN_CODE;
        draw_beside(screen, state, page);
        return;
    }
    if (state->heard.any) {
        put(screen, 0u, 0u, tf_procedure_words(state->heard.procedure));
        put(screen, 0u, 16u, tf_side_words(state->heard.side));
    }
    if (differs(state, &rules->choice)) {
        put(screen, 5u, 0u, tf_procedure_words(rules->choice.procedure));
        put(screen, 5u, 16u, tf_side_words(rules->choice.side));
    } else {
        draw_foot(screen, state, rules);
    }
    if (state->fresh && (state->guard != TF_GUARD_PARKING)) {
        screen->shown = TF_SHOWN_DIGITS;
        draw_digits(screen, &state->pointing);
    } else {
        screen->shown = (page->state == TF_PAGE_ASKED) ? TF_SHOWN_QUESTION : TF_SHOWN_WORDS;
        draw_words(screen, state, rules, peer, page->state);
    }
}
