/* The device has the last word: what may be shown and where the bracket may move, whatever the host sends. Pure, no clock, no float.
 *
 * Rule 1: only an accepted Pointing feeds the dead-man; Heartbeats, Withheld, repeats and other sessions never do.
 * Rule 2: only this file writes guard, applied and fresh.
 * Rule 3: armed is entered by a button and left by anything; it is left into locked, because a needle may be in the guide.
 */
#ifndef TUFFIER_GUARD_H
#define TUFFIER_GUARD_H

#include "tuffier_wire.h"

#define TF_AGE_UNKNOWN UINT32_C(0xFFFFFFFF)
#define TF_APPLIED_PER_TENTH 1000 /* applied is in 0.0001 deg, so that a millisecond at any slew rate is a whole number */

typedef struct {
    tf_guard guard;
    tf_stop stop;
    tf_refusal refusal;
    tf_reason reason; /* of the last Withheld */
    bool fresh;       /* a Pointing was accepted and the dead-man has not run out: digits may be shown */
    bool held;        /* the host talks, but what it says may not be shown; counts only while armed */
    bool any_frame;
    bool placed; /* the operator has parked the bracket since boot or Configure, by arming it: the servo gets pulses */
    uint32_t last_frame_id;
    uint32_t fed_ms;
    uint32_t held_since_ms;
    uint32_t held_heard_ms;
    uint32_t moved_ms;
    uint16_t round_trip_ms;
    int32_t applied;      /* 0.0001 deg */
    tf_guidance pointing; /* the last accepted one */
} tf_guard_state;

typedef struct {
    tf_procedure procedure; /* none: the device follows the host */
    tf_side side;
} tf_choice;

/* What the guard judges by; limits are the stored Configure. */
typedef struct {
    const tf_configure *limits;
    tf_choice choice;
    uint32_t session; /* 0: none */
    uint8_t faults;
} tf_rules;

void tf_guard_boot(tf_guard_state *state);

/* Age of a Pointing when the device read it, with the whole round trip charged to it: time in any buffer counts. TF_AGE_UNKNOWN when the
 * host never heard this device, heard it too long ago, or counts time otherwise. */
uint32_t tf_guard_age_ms(const tf_guidance *guidance, uint32_t now_ms);

/* What becomes of a Guidance: accepted, or why not. */
tf_refusal tf_guard_judge(const tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms);

void tf_guard_guidance(tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms);

/* Time passes: the dead-man, the hold and the bracket's motion. At least every TF_STEP_MAX_MS. */
void tf_guard_tick(tf_guard_state *state, const tf_rules *rules, uint32_t now_ms);

/* Digits go and the bracket stops; an armed one locks. */
void tf_guard_drop(tf_guard_state *state, tf_stop cause);

/* A new session: frame ids begin anew. */
void tf_guard_session(tf_guard_state *state);

/* A press of ARM, LOCK, and LOCK held for TF_UNLOCK_MS. */
void tf_guard_arm(tf_guard_state *state, const tf_rules *rules, uint32_t now_ms);
void tf_guard_lock(tf_guard_state *state, const tf_rules *rules);
void tf_guard_unlock(tf_guard_state *state);

/* Whether new limits may be stored now; if so the bracket is disarmed and must be parked again. */
bool tf_guard_configure(tf_guard_state *state);

/* One step towards target, never further than slew allows. All in 0.0001 deg; slew in 0.1 deg/s, dt in ms. */
int32_t tf_guard_step(int32_t applied, int32_t target, uint16_t slew_tenths_deg_per_s, uint32_t dt_ms);

/* The servo's pulse for the applied angle, 0 for no pulses. */
uint16_t tf_guard_servo_us(const tf_guard_state *state, const tf_configure *limits);

/* Whether limits make sense together and lie within what was built. */
bool tf_limits_sound(const tf_configure *limits, const tf_hello *built);

#endif
