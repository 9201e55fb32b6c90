/* The device has the last word: what may be shown and where the bracket may move, whatever the host sends. */
#include "tuffier_guard.h"

static int32_t distance(int32_t a, int32_t b)
{
    return (a > b) ? (a - b) : (b - a);
}

void tf_guard_boot(tf_guard_state *state, bool locked, uint16_t last_us)
{
    (void)memset(state, 0, sizeof *state); /* disarmed, blank, no frame, no pulses: every zero is the safe value */
    state->last_us = last_us;
    if (locked) { /* a needle may have been left in the guide */
        state->guard = TF_GUARD_LOCKED;
        state->stop = TF_STOP_RESET;
    }
}

bool tf_guard_live(const tf_guard_state *state)
{
    return state->heard.any && (state->heard.picture == TF_PICTURE_LIVE);
}

bool tf_guard_agreed(const tf_guard_state *state, const tf_rules *rules)
{
    return state->heard.digest == rules->digest;
}

uint32_t tf_guard_way_ms(const tf_guidance *guidance, uint32_t now_ms)
{
    const uint32_t elapsed_ms = now_ms - guidance->heard_ms; /* wraps; a time to come becomes a very long one */
    if (elapsed_ms > TF_SILENT_MS) {
        return TF_AGE_UNKNOWN;
    }
    if (guidance->since_heard_ms > elapsed_ms) {
        /* Both count whole milliseconds of their own crystal: a few may differ, more is a clock that jumped. */
        return ((guidance->since_heard_ms - elapsed_ms) <= TF_CLOCK_SLACK_MS) ? 0u : TF_AGE_UNKNOWN;
    }
    return elapsed_ms - guidance->since_heard_ms;
}

uint32_t tf_guard_age_ms(const tf_guidance *guidance, uint32_t now_ms)
{
    const uint32_t way_ms = tf_guard_way_ms(guidance, now_ms);
    return ((guidance->age_ms == 0xFFFFu) || (way_ms == TF_AGE_UNKNOWN)) ? TF_AGE_UNKNOWN : (guidance->age_ms + way_ms);
}

static bool plausible(const tf_guidance *g)
{
    if ((g->procedure == TF_PROCEDURE_NONE) || (tf_procedure_sided(g->procedure) != (g->side != TF_SIDE_NONE))) {
        return false;
    }
    /* The skin at the entry is never deeper than the face's middle, so no path to the target is shorter than its depth; 0.1 mm of rounding. */
    return (g->depth_tenths_mm > 0u) && (((uint32_t)g->insertion_tenths_mm + 1u) >= g->depth_tenths_mm);
}

static bool chosen(const tf_choice *choice, const tf_guidance *guidance)
{
    return (choice->procedure == TF_PROCEDURE_NONE) ||
           ((choice->procedure == guidance->procedure) && (choice->side == guidance->side));
}

static bool newer(const tf_guard_state *state, const tf_guidance *guidance)
{
    const uint32_t ahead = guidance->frame_id - state->last_frame_id;
    return !state->any_frame || ((ahead != 0u) && (ahead < UINT32_C(0x80000000)));
}

tf_refusal tf_guard_judge(const tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms)
{
    if ((rules->session == 0u) || (guidance->session != rules->session)) {
        return TF_REFUSAL_OTHER_SESSION;
    }
    if (guidance->state != TF_STATE_POINTING) {
        return TF_REFUSAL_WITHHELD;
    }
    if (!newer(state, guidance)) {
        return TF_REFUSAL_REPEATED;
    }
    if ((rules->faults & TF_FAULT_BROWN_OUT) != 0u) {
        return TF_REFUSAL_FAULT;
    }
    if (!plausible(guidance)) {
        return TF_REFUSAL_IMPLAUSIBLE;
    }
    if (!chosen(&rules->choice, guidance)) {
        return TF_REFUSAL_OTHER_CHOICE;
    }
    if (tf_guard_age_ms(guidance, now_ms) > rules->limits->max_age_ms) {
        return TF_REFUSAL_TOO_OLD;
    }
    if (guidance->interval_tenths_mm > rules->limits->max_interval_tenths_mm) {
        return TF_REFUSAL_WIDE_INTERVAL;
    }
    return TF_REFUSAL_ACCEPTED;
}

/* Armed, the bracket follows a target: what ends that. */
static void disarm(tf_guard_state *state, tf_stop cause)
{
    if (state->guard == TF_GUARD_ARMED) {
        state->guard = TF_GUARD_LOCKED;
        state->stop = cause;
    }
}

/* What ends any movement, that to park too. */
static void halt(tf_guard_state *state, tf_stop cause)
{
    disarm(state, cause);
    if (state->guard == TF_GUARD_PARKING) {
        state->guard = TF_GUARD_LOCKED;
        state->stop = cause;
    }
}

void tf_guard_drop(tf_guard_state *state, tf_stop cause)
{
    state->fresh = false;
    state->held = false;
    halt(state, cause);
}

void tf_guard_session(tf_guard_state *state)
{
    tf_guard_drop(state, TF_STOP_NEW_SESSION);
    state->any_frame = false;
    state->heard.any = false;
    state->refusal = TF_REFUSAL_NONE_YET;
}

/* The screen's angle as the bracket takes it: it sits on the probe's body, where +x is towards the marker. */
static int32_t body_angle(const tf_configure *limits, const tf_guidance *guidance)
{
    const int32_t on_screen = guidance->angle_tenths_deg;
    return (limits->mirrored != 0u) ? -on_screen : on_screen;
}

static bool in_reach(const tf_configure *limits, const tf_guidance *guidance)
{
    const int32_t angle = body_angle(limits, guidance);
    return (angle >= limits->angle_least_tenths_deg) && (angle <= limits->angle_most_tenths_deg);
}

/* What the host is about, by a Guidance of any state. A bracket that moves stops where that changes, or is not what the device holds. */
static void hear(tf_guard_state *state, const tf_rules *rules, const tf_guidance *g, uint32_t now_ms)
{
    const tf_heard before = state->heard;
    state->heard = (tf_heard){true, g->procedure, g->side, g->picture, g->configure_digest, now_ms};
    if (before.any && ((g->procedure != before.procedure) || (g->side != before.side))) {
        disarm(state, TF_STOP_CHOICE_CHANGED);
    }
    if (!tf_guard_live(state)) {
        halt(state, TF_STOP_NOT_LIVE);
    }
    if (!tf_guard_agreed(state, rules)) {
        halt(state, TF_STOP_OTHER_CONFIGURATION);
    }
}

/* An armed bracket follows one target: a leap or an angle beyond its range ends that. */
static void keep_or_disarm(tf_guard_state *state, const tf_rules *rules, const tf_guidance *g)
{
    const tf_guidance *last = &state->pointing;
    if ((distance(g->depth_tenths_mm, last->depth_tenths_mm) > (int32_t)TF_JUMP_TENTHS_MM) ||
               (distance(g->lateral_tenths_mm, last->lateral_tenths_mm) > (int32_t)TF_JUMP_TENTHS_MM) ||
               (distance(g->angle_tenths_deg, last->angle_tenths_deg) > (int32_t)TF_JUMP_TENTHS_DEG)) {
        disarm(state, TF_STOP_TARGET_JUMP);
    } else if (!in_reach(rules->limits, g)) {
        disarm(state, TF_STOP_OUT_OF_RANGE);
    } else {
        /* it still is the target that the operator armed for */
    }
}

static void accept(tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms)
{
    const uint32_t left_ms = TF_AGE_BUDGET_MS - tf_guard_age_ms(guidance, now_ms); /* judged: no older than TF_MAX_AGE_MS */
    keep_or_disarm(state, rules, guidance);
    state->pointing = *guidance;
    state->life_ms = (uint16_t)left_ms;
    state->fresh = true;
    state->held = false;
    state->fed_ms = now_ms;
}

static void withhold(tf_guard_state *state, const tf_guidance *guidance, uint32_t now_ms)
{
    state->reason = guidance->reason;
    state->fresh = false;
    if (!state->held) {
        state->held = true;
        state->held_since_ms = now_ms;
    }
    state->held_heard_ms = now_ms;
}

void tf_guard_guidance(tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms)
{
    tf_guard_tick(state, rules, now_ms); /* a dead-man that ran out before this arrived has run out */
    const tf_refusal refusal = tf_guard_judge(state, rules, guidance, now_ms);
    const uint32_t way_ms = tf_guard_way_ms(guidance, now_ms);
    state->refusal = refusal;
    state->round_trip_ms = (way_ms == TF_AGE_UNKNOWN) ? 0xFFFFu : (uint16_t)way_ms;
    if ((refusal == TF_REFUSAL_OTHER_SESSION) || (refusal == TF_REFUSAL_REPEATED)) {
        return; /* as if it had not come */
    }
    if (newer(state, guidance) || (guidance->frame_id == state->last_frame_id)) { /* an older Withheld tells nothing of the host now */
        state->any_frame = true;
        state->last_frame_id = guidance->frame_id;
        if (way_ms <= TF_AGE_BUDGET_MS) { /* one from a recorder, or that waited in a buffer, tells nothing of the host now either */
            hear(state, rules, guidance, now_ms);
        }
    }
    if (refusal == TF_REFUSAL_ACCEPTED) {
        accept(state, rules, guidance, now_ms);
    } else {
        withhold(state, guidance, now_ms);
    }
}

/* No scanner, no picture, no procedure: words that nobody aims by. */
static bool nobody_scans(tf_reason reason)
{
    switch (reason) {
    case TF_REASON_STARTING:
    case TF_REASON_NO_SIGNAL:
    case TF_REASON_NO_SCAN_AREA:
    case TF_REASON_SOURCE_LOST:
    case TF_REASON_NO_PROCEDURE:
        return true;
    default:
        return false;
    }
}

bool tf_guard_idle(const tf_guard_state *state, uint8_t faults)
{
    if (state->fresh || (state->guard != TF_GUARD_DISARMED) || (faults != 0u)) {
        return false;
    }
    return (state->refusal == TF_REFUSAL_NONE_YET) || ((state->refusal == TF_REFUSAL_WITHHELD) && nobody_scans(state->reason));
}

static int32_t applied_limit(int32_t tenths_deg)
{
    return tenths_deg * TF_APPLIED_PER_TENTH;
}

int32_t tf_guard_step(int32_t applied, int32_t target, uint16_t slew_tenths_deg_per_s, uint32_t dt_ms)
{
    const uint32_t moving_ms = (dt_ms < TF_STEP_MAX_MS) ? dt_ms : TF_STEP_MAX_MS;
    const int32_t most = (int32_t)((uint32_t)slew_tenths_deg_per_s * moving_ms);
    if (distance(target, applied) <= most) {
        return target;
    }
    return (target > applied) ? (applied + most) : (applied - most);
}

static int32_t span_tenths(const tf_configure *limits)
{
    return limits->angle_most_tenths_deg - limits->angle_least_tenths_deg;
}

static int32_t reach_us(const tf_configure *limits)
{
    return (int32_t)limits->servo_most_us - (int32_t)limits->servo_least_us;
}

uint16_t tf_pulse_us(const tf_configure *limits, int32_t applied)
{
    /* In 0.001 deg: 180,000 times 2,000 us fits 32 bits. */
    const int32_t along = (applied - applied_limit(limits->angle_least_tenths_deg)) / 10;
    return (uint16_t)((int32_t)limits->servo_least_us + ((along * reach_us(limits)) / (span_tenths(limits) * (TF_APPLIED_PER_TENTH / 10))));
}

/* us per second at the limits' slew; at least 1. */
static uint16_t pulse_rate_us_per_s(const tf_configure *limits)
{
    const int32_t rate = ((int32_t)limits->slew_tenths_deg_per_s * distance(limits->servo_most_us, limits->servo_least_us)) / span_tenths(limits);
    return (uint16_t)((rate > 0) ? rate : 1);
}

/* Towards the park angle's pulse, once that was announced. There the bracket is parked, and free. */
static void park(tf_guard_state *state, const tf_configure *limits, uint32_t now_ms, uint32_t dt_ms)
{
    const bool known = state->last_us != 0u;
    const int32_t target = (int32_t)tf_pulse_us(limits, applied_limit(limits->park_tenths_deg)) * TF_NUDGE_PER_US;
    if ((now_ms - state->park_ms) < (known ? TF_PARK_NOTICE_MS : TF_PARK_BY_HAND_MS)) {
        return;
    }
    if (state->place == TF_PLACE_NONE) { /* pulses begin where it is */
        state->place = TF_PLACE_ON_WAY;
        state->nudge = known ? ((int32_t)state->last_us * TF_NUDGE_PER_US) : target;
    } else {
        state->nudge = tf_guard_step(state->nudge, target, pulse_rate_us_per_s(limits), dt_ms);
    }
    if (state->nudge == target) {
        state->place = TF_PLACE_PARKED;
        state->applied = applied_limit(limits->park_tenths_deg);
        state->guard = TF_GUARD_DISARMED;
        state->stop = TF_STOP_PARKED;
    }
}

static void move(tf_guard_state *state, const tf_configure *limits, uint32_t now_ms)
{
    const uint32_t dt_ms = now_ms - state->moved_ms;
    state->moved_ms = now_ms;
    if ((state->guard == TF_GUARD_ARMED) && state->fresh) {
        state->applied = tf_guard_step(state->applied, applied_limit(body_angle(limits, &state->pointing)),
                                       limits->slew_tenths_deg_per_s, dt_ms);
    } else if (state->guard == TF_GUARD_PARKING) {
        park(state, limits, now_ms, dt_ms);
    } else {
        /* it stands */
    }
    if (state->place != TF_PLACE_NONE) {
        state->last_us = tf_guard_servo_us(state, limits);
    }
}

/* Digits go with their picture's age; a bracket that is armed waits for the dead-man, without moving. */
static void watch_age(tf_guard_state *state, uint32_t now_ms)
{
    if (state->fresh && ((now_ms - state->fed_ms) >= state->life_ms)) {
        state->fresh = false;
        state->held = true;
        state->held_since_ms = now_ms;
        state->held_heard_ms = state->fed_ms;
    }
    if (state->held && ((now_ms - state->held_heard_ms) >= TF_DEADMAN_MS)) {
        state->held = false;
        disarm(state, TF_STOP_DEAD_MAN);
    }
    if (state->held && ((now_ms - state->held_since_ms) >= TF_WITHHELD_HOLD_MS)) {
        disarm(state, TF_STOP_WITHHELD);
    }
    if (state->heard.any && ((now_ms - state->heard.at_ms) >= TF_SILENT_MS)) {
        state->heard.any = false; /* Heartbeats alone do not say what it is about */
        halt(state, TF_STOP_DEAD_MAN);
    }
}

void tf_guard_tick(tf_guard_state *state, const tf_rules *rules, uint32_t now_ms)
{
    if (rules->faults != 0u) {
        const bool low = (rules->faults & TF_FAULT_BROWN_OUT) != 0u;
        halt(state, low ? TF_STOP_BROWN_OUT : TF_STOP_FAULT);
        state->fresh = state->fresh && !low;
    }
    watch_age(state, now_ms);
    move(state, rules->limits, now_ms);
}

static tf_armed why_not(const tf_guard_state *state, const tf_rules *rules)
{
    if (rules->limits->bracket == 0u) {
        return TF_ARMED_NO_BRACKET;
    }
    if (rules->faults != 0u) {
        return TF_ARMED_FAULT;
    }
    if (state->guard != TF_GUARD_DISARMED) {
        return TF_ARMED_NOT_FREE;
    }
    if (!tf_guard_live(state)) {
        return TF_ARMED_NOT_LIVE;
    }
    if (!tf_guard_agreed(state, rules)) {
        return TF_ARMED_OTHER_CONFIGURATION;
    }
    if (state->place != TF_PLACE_PARKED) {
        return TF_ARMED_PARKS;
    }
    if (!state->fresh) {
        return TF_ARMED_NO_POINTING;
    }
    return in_reach(rules->limits, &state->pointing) ? TF_ARMED_DONE : TF_ARMED_OUT_OF_RANGE;
}

tf_armed tf_guard_arm(tf_guard_state *state, const tf_rules *rules, uint32_t now_ms)
{
    tf_guard_tick(state, rules, now_ms);
    const tf_armed armed = why_not(state, rules);
    if (armed == TF_ARMED_DONE) {
        state->guard = TF_GUARD_ARMED;
    } else if (armed == TF_ARMED_PARKS) {
        state->guard = TF_GUARD_PARKING;
        state->park_ms = now_ms;
    } else if (armed == TF_ARMED_OUT_OF_RANGE) {
        state->stop = TF_STOP_OUT_OF_RANGE;
    } else {
        /* the port says why */
    }
    return armed;
}

void tf_guard_lock(tf_guard_state *state, const tf_rules *rules)
{
    if ((rules->limits->bracket != 0u) && (state->guard != TF_GUARD_LOCKED)) {
        state->guard = TF_GUARD_LOCKED;
        state->stop = TF_STOP_LOCKED;
    }
}

void tf_guard_unlock(tf_guard_state *state)
{
    if (state->guard == TF_GUARD_LOCKED) {
        state->guard = TF_GUARD_DISARMED;
        state->stop = TF_STOP_UNLOCKED;
    }
}

bool tf_guard_configure(tf_guard_state *state)
{
    tf_guard_drop(state, TF_STOP_CONFIGURED);
    if (state->guard == TF_GUARD_LOCKED) {
        return false; /* other limits would move a bracket that may hold a needle */
    }
    state->stop = TF_STOP_CONFIGURED;
    state->place = TF_PLACE_NONE;
    return true;
}

uint16_t tf_guard_servo_us(const tf_guard_state *state, const tf_configure *limits)
{
    if (state->place == TF_PLACE_NONE) {
        return 0u;
    }
    return (state->place == TF_PLACE_PARKED) ? tf_pulse_us(limits, state->applied) : (uint16_t)(state->nudge / TF_NUDGE_PER_US);
}

/* The servo's own bounds: pulse widths, us per degree, us per second. In degrees alone a Configure could ask for any of them. */
static bool servo_sound(const tf_configure *limits, const tf_hello *built)
{
    const int32_t shortest_us = built->servo_least_us;
    const int32_t longest_us = built->servo_most_us;
    const int32_t least_us_per_deg = built->servo_least_us_per_deg;
    const int32_t most_us_per_deg = built->servo_most_us_per_deg;
    const int32_t most_us_per_s = built->servo_most_us_per_s;
    const int32_t low = (limits->servo_least_us < limits->servo_most_us) ? limits->servo_least_us : limits->servo_most_us;
    const int32_t reach = distance(limits->servo_most_us, limits->servo_least_us);
    const int32_t span = span_tenths(limits);
    if ((low < shortest_us) || ((low + reach) > longest_us)) {
        return false;
    }
    if (((reach * 10) < (least_us_per_deg * span)) || ((reach * 10) > (most_us_per_deg * span))) {
        return false;
    }
    return (reach * (int32_t)limits->slew_tenths_deg_per_s) <= (most_us_per_s * span);
}

bool tf_limits_sound(const tf_configure *limits, const tf_hello *built)
{
    if (limits->max_interval_tenths_mm > built->interval_most_tenths_mm) {
        return false;
    }
    if (limits->bracket == 0u) {
        return true;
    }
    if ((limits->angle_least_tenths_deg < built->angle_least_tenths_deg) ||
        (limits->angle_most_tenths_deg > built->angle_most_tenths_deg) ||
        (limits->angle_least_tenths_deg >= limits->angle_most_tenths_deg)) {
        return false;
    }
    if ((limits->park_tenths_deg < limits->angle_least_tenths_deg) || (limits->park_tenths_deg > limits->angle_most_tenths_deg)) {
        return false;
    }
    return (limits->slew_tenths_deg_per_s > 0u) && (limits->slew_tenths_deg_per_s <= built->slew_most_tenths_deg_per_s) &&
           ((built->capabilities & TF_CAPABILITY_BRACKET) != 0u) && servo_sound(limits, built);
}
