/* The device has the last word: what may be shown and where the bracket may move, whatever the host sends. Pure, no clock, no float.
 *
 * Rule 1: only an accepted Pointing feeds the dead-man; Heartbeats, Withheld, repeats and other sessions never do.
 * Rule 2: only this file writes guard, applied and fresh.
 * Rule 3: armed is entered by a button and left by anything; it is left into locked, because a needle may be in the guide.
 * Rule 4: nothing moves on a picture that is not live, nor while host and device hold different Configures.
 * Rule 5: the pulse changes by steps: from where it was last, no faster than slew; going to park is a movement of its own.
 */
#ifndef TUFFIER_GUARD_H
#define TUFFIER_GUARD_H

#include "tuffier_wire.h"

#define TF_AGE_UNKNOWN UINT32_C(0xFFFFFFFF)
#define TF_APPLIED_PER_TENTH 1000 /* applied is in 0.0001 deg, so that a millisecond at any slew rate is a whole number */
#define TF_NUDGE_PER_US 1000      /* a pulse on its way is in 0.001 us, so that a millisecond at any rate is a whole number */

/* What the device knows of where the bracket is. */
typedef uint8_t tf_place;
#define TF_PLACE_NONE 0u   /* no pulses */
#define TF_PLACE_ON_WAY 1u /* the pulse is `nudge`: going to park, or stopped on the way */
#define TF_PLACE_PARKED 2u /* the pulse is that of `applied` */

/* What became of a press of ARM. */
typedef uint8_t tf_armed;
#define TF_ARMED_NO_BRACKET 0u
#define TF_ARMED_FAULT 1u
#define TF_ARMED_NOT_FREE 2u
#define TF_ARMED_NOT_LIVE 3u
#define TF_ARMED_OTHER_CONFIGURATION 4u
#define TF_ARMED_NO_POINTING 5u
#define TF_ARMED_OUT_OF_RANGE 6u
#define TF_ARMED_PARKS 7u
#define TF_ARMED_DONE 8u
#define TF_ARMED_COUNT 9u

/* Of the last Guidance of this session, whatever its state: what the host is about. Not of one that was long on its way, and for TF_SILENT_MS. */
typedef struct {
    bool any;
    tf_procedure procedure;
    tf_side side;
    tf_picture picture;
    uint32_t digest;
    uint32_t at_ms;
} tf_heard;

typedef struct {
    tf_guard guard;
    tf_stop stop;
    tf_refusal refusal;
    tf_reason reason; /* of the last Withheld */
    bool fresh;       /* a Pointing was accepted and the dead-man has not run out: digits may be shown */
    bool held;        /* the host talks, but what it says may not be shown; counts only while armed */
    bool any_frame;
    tf_heard heard;
    tf_place place;
    uint16_t last_us; /* the last pulse given, by this boot or the one before: where the bracket is; 0: nobody knows */
    uint16_t life_ms; /* of the last accepted Pointing: what its age left of the budget */
    uint32_t park_ms; /* when going to park was announced */
    int32_t nudge;    /* 0.001 us */
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
    uint32_t digest;  /* of limits */
    uint8_t faults;
} tf_rules;

/* locked: the device was not free when it went off. last_us: where the bracket was left, 0: unknown. */
void tf_guard_boot(tf_guard_state *state, bool locked, uint16_t last_us);

/* Whether the host's last Guidance was of a live picture, and, where heard.any, aimed with the Configure held here: else nothing moves. */
bool tf_guard_live(const tf_guard_state *state);
bool tf_guard_agreed(const tf_guard_state *state, const tf_rules *rules);

/* Age of a Pointing when the device read it, with the whole round trip charged to it: time in any buffer counts. TF_AGE_UNKNOWN when the
 * host never heard this device, heard it too long ago, or counts time otherwise. */
uint32_t tf_guard_age_ms(const tf_guidance *guidance, uint32_t now_ms);

/* The round trip alone: how long it was on its way, at most. TF_AGE_UNKNOWN as above. */
uint32_t tf_guard_way_ms(const tf_guidance *guidance, uint32_t now_ms);

/* What becomes of a Guidance: accepted, or why not. */
tf_refusal tf_guard_judge(const tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms);

void tf_guard_guidance(tf_guard_state *state, const tf_rules *rules, const tf_guidance *guidance, uint32_t now_ms);

/* Time passes: the dead-man, the hold and the bracket's motion. At least every TF_STEP_MAX_MS. */
void tf_guard_tick(tf_guard_state *state, const tf_rules *rules, uint32_t now_ms);

/* Digits go and the bracket stops; one that may move locks. */
void tf_guard_drop(tf_guard_state *state, tf_stop cause);

/* A new session: frame ids begin anew. */
void tf_guard_session(tf_guard_state *state);

/* Whether a display that says something else hides no guidance: free, nothing wrong, and nobody is being guided since the session began. */
bool tf_guard_idle(const tf_guard_state *state, uint8_t faults);

/* A press of ARM, LOCK, and LOCK held for TF_UNLOCK_MS. ARM takes a bracket that is not parked there first. */
tf_armed tf_guard_arm(tf_guard_state *state, const tf_rules *rules, uint32_t now_ms);
void tf_guard_lock(tf_guard_state *state, const tf_rules *rules);
void tf_guard_unlock(tf_guard_state *state);

/* Whether new limits may be stored now; if so the bracket is disarmed and must be parked again. */
bool tf_guard_configure(tf_guard_state *state);

/* One step towards target, never further than slew allows. All in 0.0001 deg; slew in 0.1 deg/s, dt in ms. */
int32_t tf_guard_step(int32_t applied, int32_t target, uint16_t slew_tenths_deg_per_s, uint32_t dt_ms);

/* The pulse for an angle in 0.0001 deg within the limits. */
uint16_t tf_pulse_us(const tf_configure *limits, int32_t applied);

/* The servo's pulse, 0 for no pulses. */
uint16_t tf_guard_servo_us(const tf_guard_state *state, const tf_configure *limits);

/* Whether limits make sense together and lie within what was built. */
bool tf_limits_sound(const tf_configure *limits, const tf_hello *built);

#endif
