/* Generated from wire.toml by firmware_bridge.generate: do not edit. */
#ifndef TUFFIER_WIRE_H
#define TUFFIER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TF_PROTOCOL 1u
#define TF_LAYOUT UINT32_C(0x83E4C3B3)
#define TF_PAYLOAD_MOST 131u
#define TF_PACKET_MOST 136u /* id, payload, CRC-32 */
#define TF_FRAME_MOST 138u /* stuffed, with the closing zero */

#define TF_BAUD_BPS UINT32_C(115200) /* 8 data bits, no parity, 1 stop bit; a USB CDC device ignores it */
#define TF_DEADMAN_MS 250u /* after the last accepted Pointing: digits go, the bracket stops and disarms */
#define TF_BLANK_MS 300u /* no digit is on the glass later than this after its picture was taken: the budget and one redraw */
#define TF_AGE_BUDGET_MS 250u /* digits go, and an armed bracket stops, when their picture is this old; within the dead-man */
#define TF_WITHHELD_HOLD_MS 1000u /* an armed bracket stays armed, without moving, at most this long through Withheld */
#define TF_MAX_AGE_MS 240u /* a Pointing older than this when the device reads it is refused: the gate's 200 and 40 for the wire */
#define TF_STATUS_MS 50u /* between two Status */
#define TF_SCREEN_MS 200u /* between two Screen while only digits change; a change of kind is sent at once */
#define TF_HELLO_MS 200u /* between two Hello of a side that has no session */
#define TF_HEARTBEAT_MS 200u /* between two Heartbeat */
#define TF_SILENT_MS 1000u /* a peer not heard for this long is gone: the host opens the port anew, the device shows NO HOST */
#define TF_STUCK_MS 10000u /* a button closed this long is a fault */
#define TF_UNLOCK_MS 1000u /* LOCK held this long unlocks */
#define TF_DEBOUNCE_MS 20u /* a button must keep its level this long */
#define TF_BOOT_NOTICE_MS 2000u /* the display says that this is a research device */
#define TF_BOOT_NOTICE_LEAST_MS 600u /* so long even where a fresh Pointing waits: a device plugged in again shows digits within 1 s */
#define TF_STEP_MAX_MS 50u /* the bracket moves at most this much time's worth in one step, however long the loop stalled */
#define TF_JUMP_TENTHS_MM 50u /* a target that moves more than this between two Pointing disarms */
#define TF_JUMP_TENTHS_DEG 100u /* an angle that moves more than this between two Pointing disarms */
#define TF_CLOCK_SLACK_MS 20u /* the two clocks may disagree this much over one round trip */
#define TF_SUPPLY_LOW_MV 4500u /* below this the device disarms (brown-out) */
#define TF_SUPPLY_GOOD_MV 4700u /* from here on the brown-out is over */
#define TF_PARK_NOTICE_MS 1000u /* GOING TO PARK stands on the display this long before the bracket moves there */
#define TF_PAGE_HOLD_MS 2000u /* PROCEDURE held this long asks the host for the page's address; let go sooner it steps the procedure */
#define TF_PAGE_WAIT_MS 3000u /* the question, and that there is no page, stand this long */
#define TF_PAGE_SHOWN_MS 60000u /* the page's code stands at most this long */
#define TF_PARK_BY_HAND_MS 3000u /* so long where the device does not know where the bracket is: PUT AT PARK MARK */
#define TF_SCREEN_COLUMNS 21u /* characters in a row of the display */
#define TF_SCREEN_ROWS 6u /* rows of the display; rows 1 and 2 are drawn double and hold 10 characters */

/* What the operator is about to do. */
typedef uint8_t tf_procedure;
#define TF_PROCEDURE_NONE 0u
#define TF_PROCEDURE_FACET 1u
#define TF_PROCEDURE_MEDIAL_BRANCH 2u
#define TF_PROCEDURE_L5_DORSAL_RAMUS 3u
#define TF_PROCEDURE_INTERLAMINAR 4u
#define TF_PROCEDURE_INTERLAMINAR_PARAMEDIAN 5u
#define TF_PROCEDURE_CAUDAL 6u
#define TF_PROCEDURE_NERVE_ROOT 7u
#define TF_PROCEDURE_S1_FORAMEN 8u
#define TF_PROCEDURE_SACROILIAC 9u
#define TF_PROCEDURE_COUNT 10u
static inline const char *tf_procedure_words(tf_procedure value)
{
    static const char *const words[10] = {"NO PROCEDURE", "FACET", "MEDIAL BRANCH", "L5 DORSAL RAMUS", "INTERLAMINAR", "PARAMEDIAN", "CAUDAL", "NERVE ROOT", "S1 FORAMEN", "SACROILIAC"};
    return (value < TF_PROCEDURE_COUNT) ? words[value] : "?";
}

/* The PATIENT's side; none for interlaminar and caudal. */
typedef uint8_t tf_side;
#define TF_SIDE_NONE 0u
#define TF_SIDE_LEFT 1u
#define TF_SIDE_RIGHT 2u
#define TF_SIDE_COUNT 3u
static inline const char *tf_side_words(tf_side value)
{
    static const char *const words[3] = {"-", "LEFT", "RIGHT"};
    return (value < TF_SIDE_COUNT) ? words[value] : "?";
}

/* Whether there is a number. */
typedef uint8_t tf_state;
#define TF_STATE_WITHHELD 0u
#define TF_STATE_POINTING 1u
#define TF_STATE_COUNT 2u
static inline const char *tf_state_words(tf_state value)
{
    static const char *const words[2] = {"WITHHELD", "POINTING"};
    return (value < TF_STATE_COUNT) ? words[value] : "?";
}

/* Whether the picture behind a Guidance comes from a scanner now. Nothing arms on another. */
typedef uint8_t tf_picture;
#define TF_PICTURE_DEMO 0u
#define TF_PICTURE_LIVE 1u
#define TF_PICTURE_COUNT 2u
static inline const char *tf_picture_words(tf_picture value)
{
    static const char *const words[2] = {"DEMO", "LIVE"};
    return (value < TF_PICTURE_COUNT) ? words[value] : "?";
}

/* Why there is no number. */
typedef uint8_t tf_reason;
#define TF_REASON_STARTING 0u
#define TF_REASON_NO_SIGNAL 1u
#define TF_REASON_BAD_FRAME 2u
#define TF_REASON_NO_SCAN_AREA 3u
#define TF_REASON_FROZEN 4u
#define TF_REASON_MENU 5u
#define TF_REASON_MIRRORED 6u
#define TF_REASON_LAYOUT_CHANGED 7u
#define TF_REASON_SCALE_UNKNOWN 8u
#define TF_REASON_SCALE_CHANGED 9u
#define TF_REASON_ORIENTATION_UNKNOWN 10u
#define TF_REASON_WRONG_VIEW 11u
#define TF_REASON_LOW_CONFIDENCE 12u
#define TF_REASON_LANDMARK_MISSING 13u
#define TF_REASON_SIDE_UNCLEAR 14u
#define TF_REASON_WIDE_INTERVAL 15u
#define TF_REASON_OUT_OF_REACH 16u
#define TF_REASON_OFF_AXIS 17u
#define TF_REASON_UNSTEADY 18u
#define TF_REASON_TOO_OLD 19u
#define TF_REASON_SOURCE_LOST 20u
#define TF_REASON_NO_PROCEDURE 21u
#define TF_REASON_HOST_FAULT 22u
#define TF_REASON_COUNT 23u
static inline const char *tf_reason_words(tf_reason value)
{
    static const char *const words[23] = {"STARTING", "NO SIGNAL", "BAD FRAME", "NO SCAN AREA", "PICTURE FROZEN", "MENU ON SCREEN", "PICTURE MIRRORED", "LAYOUT CHANGED", "SCALE UNKNOWN", "SCALE CHANGED", "WHICH SIDE IS LEFT?", "WRONG VIEW", "LOW CONFIDENCE", "LANDMARK MISSING", "SIDE UNCLEAR", "WIDE INTERVAL", "OUT OF REACH", "OFF AXIS: SLIDE", "HOLD STILL", "TOO OLD", "SOURCE LOST", "CHOOSE PROCEDURE", "HOST FAULT"};
    return (value < TF_REASON_COUNT) ? words[value] : "?";
}

/* Who speaks. */
typedef uint8_t tf_role;
#define TF_ROLE_NONE 0u
#define TF_ROLE_HOST 1u
#define TF_ROLE_DEVICE 2u
#define TF_ROLE_COUNT 3u
static inline const char *tf_role_words(tf_role value)
{
    static const char *const words[3] = {"NONE", "HOST", "DEVICE"};
    return (value < TF_ROLE_COUNT) ? words[value] : "?";
}

/* What the bracket may do. Disarmed and locked never move; parking moves to the park angle alone. */
typedef uint8_t tf_guard;
#define TF_GUARD_DISARMED 0u
#define TF_GUARD_ARMED 1u
#define TF_GUARD_LOCKED 2u
#define TF_GUARD_PARKING 3u
#define TF_GUARD_COUNT 4u
static inline const char *tf_guard_words(tf_guard value)
{
    static const char *const words[4] = {"DISARMED", "ARMED", "LOCKED", "PARK"};
    return (value < TF_GUARD_COUNT) ? words[value] : "?";
}

/* What is on the display. question: words, and the page's address is wanted; code: that address as a QR code, and no digit. */
typedef uint8_t tf_shown;
#define TF_SHOWN_BLANK 0u
#define TF_SHOWN_WORDS 1u
#define TF_SHOWN_DIGITS 2u
#define TF_SHOWN_CODE 3u
#define TF_SHOWN_QUESTION 4u
#define TF_SHOWN_COUNT 5u
static inline const char *tf_shown_words(tf_shown value)
{
    static const char *const words[5] = {"BLANK", "WORDS", "DIGITS", "CODE", "QUESTION"};
    return (value < TF_SHOWN_COUNT) ? words[value] : "?";
}

/* What the device knows of the host. */
typedef uint8_t tf_peer;
#define TF_PEER_SILENT 0u
#define TF_PEER_STRANGE_LAYOUT 1u
#define TF_PEER_GREETED 2u
#define TF_PEER_IN_SESSION 3u
#define TF_PEER_COUNT 4u
static inline const char *tf_peer_words(tf_peer value)
{
    static const char *const words[4] = {"NO HOST", "UPDATE HOST OR DEVICE", "CONNECTING", "CONNECTED"};
    return (value < TF_PEER_COUNT) ? words[value] : "?";
}

/* What became of the last Guidance. */
typedef uint8_t tf_refusal;
#define TF_REFUSAL_NONE_YET 0u
#define TF_REFUSAL_ACCEPTED 1u
#define TF_REFUSAL_WITHHELD 2u
#define TF_REFUSAL_OTHER_SESSION 3u
#define TF_REFUSAL_REPEATED 4u
#define TF_REFUSAL_TOO_OLD 5u
#define TF_REFUSAL_IMPLAUSIBLE 6u
#define TF_REFUSAL_WIDE_INTERVAL 7u
#define TF_REFUSAL_OTHER_CHOICE 8u
#define TF_REFUSAL_FAULT 9u
#define TF_REFUSAL_COUNT 10u
static inline const char *tf_refusal_words(tf_refusal value)
{
    static const char *const words[10] = {"WAITING", "ACCEPTED", "WITHHELD", "OTHER SESSION", "REPEATED", "TOO OLD", "IMPLAUSIBLE", "WIDE INTERVAL", "HOST DISAGREES", "FAULT"};
    return (value < TF_REFUSAL_COUNT) ? words[value] : "?";
}

/* Why the bracket was last disarmed. */
typedef uint8_t tf_stop;
#define TF_STOP_BOOT 0u
#define TF_STOP_DEAD_MAN 1u
#define TF_STOP_WITHHELD 2u
#define TF_STOP_NEW_SESSION 3u
#define TF_STOP_CONFIGURED 4u
#define TF_STOP_CHOICE_CHANGED 5u
#define TF_STOP_TARGET_JUMP 6u
#define TF_STOP_FAULT 7u
#define TF_STOP_BROWN_OUT 8u
#define TF_STOP_LOCKED 9u
#define TF_STOP_UNLOCKED 10u
#define TF_STOP_OUT_OF_RANGE 11u
#define TF_STOP_OTHER_CONFIGURATION 12u
#define TF_STOP_NOT_LIVE 13u
#define TF_STOP_PARKED 14u
#define TF_STOP_RESET 15u
#define TF_STOP_COUNT 16u
static inline const char *tf_stop_words(tf_stop value)
{
    static const char *const words[16] = {"BOOT", "DEAD MAN", "WITHHELD", "NEW SESSION", "CONFIGURED", "CHOICE CHANGED", "TARGET JUMP", "FAULT", "BROWN OUT", "LOCKED", "UNLOCKED", "OUT OF RANGE", "OTHER CONFIGURATION", "NOT LIVE", "PARKED", "RESET"};
    return (value < TF_STOP_COUNT) ? words[value] : "?";
}

/* How much a Log matters. */
typedef uint8_t tf_level;
#define TF_LEVEL_FAULT 0u
#define TF_LEVEL_WARNING 1u
#define TF_LEVEL_NOTE 2u
#define TF_LEVEL_COUNT 3u
static inline const char *tf_level_words(tf_level value)
{
    static const char *const words[3] = {"FAULT", "WARNING", "NOTE"};
    return (value < TF_LEVEL_COUNT) ? words[value] : "?";
}

/* Why bytes between two zeros are no packet. */
typedef uint8_t tf_bad_cause;
#define TF_BAD_CAUSE_NONE 0u
#define TF_BAD_CAUSE_OVERLONG 1u
#define TF_BAD_CAUSE_STUFFING 2u
#define TF_BAD_CAUSE_SHORT 3u
#define TF_BAD_CAUSE_CHECKSUM 4u
#define TF_BAD_CAUSE_UNKNOWN_ID 5u
#define TF_BAD_CAUSE_LENGTH 6u
#define TF_BAD_CAUSE_RANGE 7u
#define TF_BAD_CAUSE_COUNT 8u
static inline const char *tf_bad_cause_words(tf_bad_cause value)
{
    static const char *const words[8] = {"NONE", "OVERLONG", "STUFFING", "SHORT", "CHECKSUM", "UNKNOWN ID", "LENGTH", "RANGE"};
    return (value < TF_BAD_CAUSE_COUNT) ? words[value] : "?";
}

#define TF_CAPABILITY_DISPLAY 1u
#define TF_CAPABILITY_BRACKET 2u
#define TF_CAPABILITY_BUTTONS 4u
#define TF_CAPABILITY_STORAGE 8u

#define TF_BUTTON_ARM 1u
#define TF_BUTTON_LOCK 2u
#define TF_BUTTON_PROCEDURE 4u
#define TF_BUTTON_SIDE 8u

#define TF_FAULT_BUTTON_STUCK 1u
#define TF_FAULT_CONFIGURATION_LOST 2u
#define TF_FAULT_STORAGE_FAILED 4u
#define TF_FAULT_BROWN_OUT 8u
#define TF_FAULT_WATCHDOG_RESET 16u
#define TF_FAULT_BAD_CONFIGURATION 32u

#define TF_HEALTH_UNDER_VOLTAGE 1u
#define TF_HEALTH_THROTTLED 2u
#define TF_HEALTH_HOT 4u
#define TF_HEALTH_DISK_FULL 8u
#define TF_HEALTH_SOURCE_LOST 16u
#define TF_HEALTH_SLOW 32u
#define TF_HEALTH_RECORDING_STOPPED 64u

static inline bool tf_procedure_sided(tf_procedure procedure)
{
    static const bool sided[10] = {false, true, true, true, false, true, false, true, true, true};
    return sided[procedure];
}

static inline uint32_t tf_get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | ((uint32_t)at[1] << 8) | ((uint32_t)at[2] << 16) | ((uint32_t)at[3] << 24);
}

static inline uint16_t tf_get_u16(const uint8_t *at)
{
    return (uint16_t)((uint32_t)at[0] | ((uint32_t)at[1] << 8));
}

static inline int16_t tf_get_i16(const uint8_t *at)
{
    const int32_t raw = (int32_t)tf_get_u16(at);
    return (int16_t)((raw >= 0x8000) ? (raw - 0x10000) : raw);
}

static inline void tf_put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value & 0xFFu);
    at[1] = (uint8_t)((value >> 8) & 0xFFu);
    at[2] = (uint8_t)((value >> 16) & 0xFFu);
    at[3] = (uint8_t)(value >> 24);
}

static inline void tf_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value & 0xFFu);
    at[1] = (uint8_t)((uint32_t)value >> 8);
}

static inline bool tf_printable(const uint8_t *at, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        if ((at[i] < 0x20u) || (at[i] > 0x7Eu)) {
            return false;
        }
    }
    return true;
}

/* Who speaks, and which layout. Its first six bytes keep their meaning in every version, so that mismatched sides can say so. */
#define TF_HELLO_ID 1u
#define TF_HELLO_SIZE 40u
typedef struct {
    tf_role role; /* who speaks */
    uint8_t protocol; /* the version of the rules */
    uint32_t layout; /* the layout hash of wire.toml; the other side's must be equal */
    uint32_t session; /* host: the session it wants; device: the one it is in, 0 for none */
    uint32_t challenge; /* device: a number it drew; host: the last one it heard. A session begins only with the present one, so that an old Hello begins none */
    uint32_t serial_number; /* device: its serial number; host: 0 */
    uint8_t version_major; /* of the firmware or of the host's software */
    uint8_t version_minor;
    uint8_t version_patch;
    uint8_t capabilities; /* device: what it has */
    int16_t angle_least_tenths_deg; /* 0.1 deg: device: the bracket's range as built; a Configure can only narrow it */
    int16_t angle_most_tenths_deg; /* 0.1 deg */
    uint16_t slew_most_tenths_deg_per_s; /* 0.1 deg/s: device: the bracket's speed as built */
    uint16_t servo_least_us; /* us: device: no pulse as built is ever shorter; 0 without a servo */
    uint16_t servo_most_us; /* us: device: no pulse as built is ever longer */
    uint16_t servo_least_us_per_deg; /* us/deg: device: a Configure that turns the servo less for a degree is refused */
    uint16_t servo_most_us_per_deg; /* us/deg: device: a Configure that turns the servo more for a degree is refused */
    uint16_t servo_most_us_per_s; /* us/s: device: the pulse as built never changes faster */
    uint16_t interval_most_tenths_mm; /* 0.1 mm: device: the widest interval as built; a Configure can only narrow it */
} tf_hello;

static inline bool tf_hello_in_range(const uint8_t *payload)
{
    return (payload[0] <= 2u) && (payload[21] <= 15u) && (tf_get_i16(&payload[22]) >= -900) && (tf_get_i16(&payload[22]) <= 900) && (tf_get_i16(&payload[24]) >= -900) && (tf_get_i16(&payload[24]) <= 900) && (tf_get_u16(&payload[26]) <= 1000u) && (tf_get_u16(&payload[28]) <= 3000u) && (tf_get_u16(&payload[30]) <= 3000u) && (tf_get_u16(&payload[38]) <= 1000u);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_hello_read(const uint8_t *payload, tf_hello *out)
{
    out->role = payload[0];
    out->protocol = payload[1];
    out->layout = tf_get_u32(&payload[2]);
    out->session = tf_get_u32(&payload[6]);
    out->challenge = tf_get_u32(&payload[10]);
    out->serial_number = tf_get_u32(&payload[14]);
    out->version_major = payload[18];
    out->version_minor = payload[19];
    out->version_patch = payload[20];
    out->capabilities = payload[21];
    out->angle_least_tenths_deg = tf_get_i16(&payload[22]);
    out->angle_most_tenths_deg = tf_get_i16(&payload[24]);
    out->slew_most_tenths_deg_per_s = tf_get_u16(&payload[26]);
    out->servo_least_us = tf_get_u16(&payload[28]);
    out->servo_most_us = tf_get_u16(&payload[30]);
    out->servo_least_us_per_deg = tf_get_u16(&payload[32]);
    out->servo_most_us_per_deg = tf_get_u16(&payload[34]);
    out->servo_most_us_per_s = tf_get_u16(&payload[36]);
    out->interval_most_tenths_mm = tf_get_u16(&payload[38]);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_hello_write(const tf_hello *in, uint8_t *packet)
{
    packet[0] = TF_HELLO_ID;
    packet[1] = in->role;
    packet[2] = in->protocol;
    tf_put_u32(&packet[3], in->layout);
    tf_put_u32(&packet[7], in->session);
    tf_put_u32(&packet[11], in->challenge);
    tf_put_u32(&packet[15], in->serial_number);
    packet[19] = in->version_major;
    packet[20] = in->version_minor;
    packet[21] = in->version_patch;
    packet[22] = in->capabilities;
    tf_put_u16(&packet[23], (uint16_t)in->angle_least_tenths_deg);
    tf_put_u16(&packet[25], (uint16_t)in->angle_most_tenths_deg);
    tf_put_u16(&packet[27], in->slew_most_tenths_deg_per_s);
    tf_put_u16(&packet[29], in->servo_least_us);
    tf_put_u16(&packet[31], in->servo_most_us);
    tf_put_u16(&packet[33], in->servo_least_us_per_deg);
    tf_put_u16(&packet[35], in->servo_most_us_per_deg);
    tf_put_u16(&packet[37], in->servo_most_us_per_s);
    tf_put_u16(&packet[39], in->interval_most_tenths_mm);
    return TF_HELLO_SIZE + 1u;
}

/* Where the needle should go, or why nobody knows. Sent once for each frame. Numbers are zero when withheld. */
#define TF_GUIDANCE_ID 2u
#define TF_GUIDANCE_SIZE 36u
typedef struct {
    uint32_t session; /* of this session, or it is ignored */
    uint32_t frame_id; /* of the video frame; a Pointing must be newer than every Guidance before it in this session */
    uint32_t heard_ms; /* ms: device_ms of the last Status that the host read */
    uint16_t since_heard_ms; /* ms: from reading that Status to writing this; 65535: never heard one */
    uint16_t age_ms; /* ms: from capture to writing this, the profile's latency included; 65535: unknown */
    tf_procedure procedure; /* the host's */
    tf_side side; /* the host's */
    tf_picture picture; /* live, or a demonstration: then the display says DEMO and nothing arms */
    uint32_t configure_digest; /* CRC-32 of the Configure that the host aims with; 0: it has none. Another than the device's: nothing arms */
    tf_state state; /* withheld, or pointing */
    tf_reason reason; /* why withheld; 0 when pointing */
    uint16_t depth_tenths_mm; /* 0.1 mm: z of the target in probe_mm */
    int16_t lateral_tenths_mm; /* 0.1 mm: x of the target in probe_mm */
    int16_t angle_tenths_deg; /* 0.1 deg: of the needle on the screen: 0 along the beam axis, positive leaning towards +x, the screen's right */
    uint16_t insertion_tenths_mm; /* 0.1 mm: from the skin to the target along the needle */
    uint16_t interval_tenths_mm; /* 0.1 mm: radius that holds the truth in 95 % of shown frames */
    uint8_t confidence_percent; /* %: of the least sure landmark used */
} tf_guidance;

static inline bool tf_guidance_in_range(const uint8_t *payload)
{
    return (payload[16] <= 9u) && (payload[17] <= 2u) && (payload[18] <= 1u) && (payload[23] <= 1u) && (payload[24] <= 22u) && (tf_get_u16(&payload[25]) <= 2000u) && (tf_get_i16(&payload[27]) >= -1500) && (tf_get_i16(&payload[27]) <= 1500) && (tf_get_i16(&payload[29]) >= -900) && (tf_get_i16(&payload[29]) <= 900) && (tf_get_u16(&payload[31]) <= 3000u) && (tf_get_u16(&payload[33]) <= 1000u) && (payload[35] <= 100u);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_guidance_read(const uint8_t *payload, tf_guidance *out)
{
    out->session = tf_get_u32(&payload[0]);
    out->frame_id = tf_get_u32(&payload[4]);
    out->heard_ms = tf_get_u32(&payload[8]);
    out->since_heard_ms = tf_get_u16(&payload[12]);
    out->age_ms = tf_get_u16(&payload[14]);
    out->procedure = payload[16];
    out->side = payload[17];
    out->picture = payload[18];
    out->configure_digest = tf_get_u32(&payload[19]);
    out->state = payload[23];
    out->reason = payload[24];
    out->depth_tenths_mm = tf_get_u16(&payload[25]);
    out->lateral_tenths_mm = tf_get_i16(&payload[27]);
    out->angle_tenths_deg = tf_get_i16(&payload[29]);
    out->insertion_tenths_mm = tf_get_u16(&payload[31]);
    out->interval_tenths_mm = tf_get_u16(&payload[33]);
    out->confidence_percent = payload[35];
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_guidance_write(const tf_guidance *in, uint8_t *packet)
{
    packet[0] = TF_GUIDANCE_ID;
    tf_put_u32(&packet[1], in->session);
    tf_put_u32(&packet[5], in->frame_id);
    tf_put_u32(&packet[9], in->heard_ms);
    tf_put_u16(&packet[13], in->since_heard_ms);
    tf_put_u16(&packet[15], in->age_ms);
    packet[17] = in->procedure;
    packet[18] = in->side;
    packet[19] = in->picture;
    tf_put_u32(&packet[20], in->configure_digest);
    packet[24] = in->state;
    packet[25] = in->reason;
    tf_put_u16(&packet[26], in->depth_tenths_mm);
    tf_put_u16(&packet[28], (uint16_t)in->lateral_tenths_mm);
    tf_put_u16(&packet[30], (uint16_t)in->angle_tenths_deg);
    tf_put_u16(&packet[32], in->insertion_tenths_mm);
    tf_put_u16(&packet[34], in->interval_tenths_mm);
    packet[36] = in->confidence_percent;
    return TF_GUIDANCE_SIZE + 1u;
}

/* The host is alive, and how it feels. Feeds nothing. */
#define TF_HEARTBEAT_ID 3u
#define TF_HEARTBEAT_SIZE 13u
typedef struct {
    uint32_t session;
    uint32_t uptime_s; /* s: since the host's software started */
    uint8_t health; /* what is wrong with the host */
    int16_t temperature_tenths_c; /* 0.1 C: of the board; 0 when it cannot be read */
    uint16_t frames_per_s_tenths; /* 0.1 /s: frames answered a second */
} tf_heartbeat;

static inline bool tf_heartbeat_in_range(const uint8_t *payload)
{
    return (payload[8] <= 127u) && (tf_get_i16(&payload[9]) >= -500) && (tf_get_i16(&payload[9]) <= 1500);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_heartbeat_read(const uint8_t *payload, tf_heartbeat *out)
{
    out->session = tf_get_u32(&payload[0]);
    out->uptime_s = tf_get_u32(&payload[4]);
    out->health = payload[8];
    out->temperature_tenths_c = tf_get_i16(&payload[9]);
    out->frames_per_s_tenths = tf_get_u16(&payload[11]);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_heartbeat_write(const tf_heartbeat *in, uint8_t *packet)
{
    packet[0] = TF_HEARTBEAT_ID;
    tf_put_u32(&packet[1], in->session);
    tf_put_u32(&packet[5], in->uptime_s);
    packet[9] = in->health;
    tf_put_u16(&packet[10], (uint16_t)in->temperature_tenths_c);
    tf_put_u16(&packet[12], in->frames_per_s_tenths);
    return TF_HEARTBEAT_SIZE + 1u;
}

/* What the device does and shows. */
#define TF_STATUS_ID 4u
#define TF_STATUS_SIZE 42u
typedef struct {
    uint32_t device_ms; /* ms: the device's clock */
    uint32_t session; /* the session it is in, 0 for none */
    uint32_t last_frame_id; /* of the newest Guidance accepted in this session */
    uint32_t pointing_ms; /* ms: the device's clock when it last accepted a Pointing */
    uint32_t configure_digest; /* CRC-32 of the Configure that the device holds: its payload with session 0; 0 is said as 1 */
    tf_peer peer; /* what it knows of the host */
    tf_shown shown; /* what is on the display */
    tf_refusal refusal; /* what became of the last Guidance */
    tf_guard guard; /* what the bracket may do */
    tf_stop stop; /* why it was last disarmed */
    tf_procedure procedure; /* chosen at the device; none: it follows the host */
    tf_side side; /* chosen at the device */
    uint8_t buttons; /* closed now, debounced */
    uint8_t presses; /* counts every press, wraps */
    uint8_t faults; /* what is wrong */
    int16_t applied_tenths_deg; /* 0.1 deg: the bracket's angle as commanded, in the probe's body: positive leans towards the marker; what it was last while it is going to park */
    uint16_t servo_us; /* us: pulse width given to the servo; 0: no pulses */
    uint16_t supply_mv; /* mV: 0: this device does not measure it */
    uint16_t good_packets; /* read, wraps */
    uint16_t bad_packets; /* damaged, wraps */
    uint16_t round_trip_ms; /* ms: of the last Guidance, charged to its age */
} tf_status;

static inline bool tf_status_in_range(const uint8_t *payload)
{
    return (payload[20] <= 3u) && (payload[21] <= 4u) && (payload[22] <= 9u) && (payload[23] <= 3u) && (payload[24] <= 15u) && (payload[25] <= 9u) && (payload[26] <= 2u) && (payload[27] <= 15u) && (payload[29] <= 63u) && (tf_get_i16(&payload[30]) >= -900) && (tf_get_i16(&payload[30]) <= 900);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_status_read(const uint8_t *payload, tf_status *out)
{
    out->device_ms = tf_get_u32(&payload[0]);
    out->session = tf_get_u32(&payload[4]);
    out->last_frame_id = tf_get_u32(&payload[8]);
    out->pointing_ms = tf_get_u32(&payload[12]);
    out->configure_digest = tf_get_u32(&payload[16]);
    out->peer = payload[20];
    out->shown = payload[21];
    out->refusal = payload[22];
    out->guard = payload[23];
    out->stop = payload[24];
    out->procedure = payload[25];
    out->side = payload[26];
    out->buttons = payload[27];
    out->presses = payload[28];
    out->faults = payload[29];
    out->applied_tenths_deg = tf_get_i16(&payload[30]);
    out->servo_us = tf_get_u16(&payload[32]);
    out->supply_mv = tf_get_u16(&payload[34]);
    out->good_packets = tf_get_u16(&payload[36]);
    out->bad_packets = tf_get_u16(&payload[38]);
    out->round_trip_ms = tf_get_u16(&payload[40]);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_status_write(const tf_status *in, uint8_t *packet)
{
    packet[0] = TF_STATUS_ID;
    tf_put_u32(&packet[1], in->device_ms);
    tf_put_u32(&packet[5], in->session);
    tf_put_u32(&packet[9], in->last_frame_id);
    tf_put_u32(&packet[13], in->pointing_ms);
    tf_put_u32(&packet[17], in->configure_digest);
    packet[21] = in->peer;
    packet[22] = in->shown;
    packet[23] = in->refusal;
    packet[24] = in->guard;
    packet[25] = in->stop;
    packet[26] = in->procedure;
    packet[27] = in->side;
    packet[28] = in->buttons;
    packet[29] = in->presses;
    packet[30] = in->faults;
    tf_put_u16(&packet[31], (uint16_t)in->applied_tenths_deg);
    tf_put_u16(&packet[33], in->servo_us);
    tf_put_u16(&packet[35], in->supply_mv);
    tf_put_u16(&packet[37], in->good_packets);
    tf_put_u16(&packet[39], in->bad_packets);
    tf_put_u16(&packet[41], in->round_trip_ms);
    return TF_STATUS_SIZE + 1u;
}

/* Bracket geometry and limits. The device disarms, stores it where it differs from what it holds, and answers with what it holds; it also says it at the start of each session. Refused while locked. */
#define TF_CONFIGURE_ID 5u
#define TF_CONFIGURE_SIZE 26u
typedef struct {
    uint32_t session;
    uint8_t bracket; /* 1: a bracket is fitted */
    uint8_t mirrored; /* 1: the picture shows the probe's marker on its left; the bracket then leans by minus the screen's angle */
    int16_t pivot_x_tenths_mm; /* 0.1 mm: of the pivot in the probe's body, +x towards the marker */
    int16_t pivot_z_tenths_mm; /* 0.1 mm: of the pivot; negative is above the skin */
    int16_t angle_least_tenths_deg; /* 0.1 deg: the bracket never leans further; in the probe's body, positive towards the marker */
    int16_t angle_most_tenths_deg; /* 0.1 deg */
    int16_t park_tenths_deg; /* 0.1 deg: where a press of ARM takes it before the first arming */
    uint16_t slew_tenths_deg_per_s; /* 0.1 deg/s: the bracket never moves faster */
    uint16_t servo_least_us; /* us: pulse width at angle_least; with servo_most_us within what was built, as are us per degree and us per second */
    uint16_t servo_most_us; /* us: pulse width at angle_most */
    uint16_t max_age_ms; /* ms: an older Pointing is refused; may only tighten max_age_ms */
    uint16_t max_interval_tenths_mm; /* 0.1 mm: a wider interval is refused; may only tighten what was built */
} tf_configure;

static inline bool tf_configure_in_range(const uint8_t *payload)
{
    return (payload[4] <= 1u) && (payload[5] <= 1u) && (tf_get_i16(&payload[6]) >= -1000) && (tf_get_i16(&payload[6]) <= 1000) && (tf_get_i16(&payload[8]) >= -1000) && (tf_get_i16(&payload[8]) <= 1000) && (tf_get_i16(&payload[10]) >= -900) && (tf_get_i16(&payload[10]) <= 900) && (tf_get_i16(&payload[12]) >= -900) && (tf_get_i16(&payload[12]) <= 900) && (tf_get_i16(&payload[14]) >= -900) && (tf_get_i16(&payload[14]) <= 900) && (tf_get_u16(&payload[16]) <= 1000u) && (tf_get_u16(&payload[18]) >= 500u) && (tf_get_u16(&payload[18]) <= 2500u) && (tf_get_u16(&payload[20]) >= 500u) && (tf_get_u16(&payload[20]) <= 2500u) && (tf_get_u16(&payload[22]) <= 240u) && (tf_get_u16(&payload[24]) <= 1000u);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_configure_read(const uint8_t *payload, tf_configure *out)
{
    out->session = tf_get_u32(&payload[0]);
    out->bracket = payload[4];
    out->mirrored = payload[5];
    out->pivot_x_tenths_mm = tf_get_i16(&payload[6]);
    out->pivot_z_tenths_mm = tf_get_i16(&payload[8]);
    out->angle_least_tenths_deg = tf_get_i16(&payload[10]);
    out->angle_most_tenths_deg = tf_get_i16(&payload[12]);
    out->park_tenths_deg = tf_get_i16(&payload[14]);
    out->slew_tenths_deg_per_s = tf_get_u16(&payload[16]);
    out->servo_least_us = tf_get_u16(&payload[18]);
    out->servo_most_us = tf_get_u16(&payload[20]);
    out->max_age_ms = tf_get_u16(&payload[22]);
    out->max_interval_tenths_mm = tf_get_u16(&payload[24]);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_configure_write(const tf_configure *in, uint8_t *packet)
{
    packet[0] = TF_CONFIGURE_ID;
    tf_put_u32(&packet[1], in->session);
    packet[5] = in->bracket;
    packet[6] = in->mirrored;
    tf_put_u16(&packet[7], (uint16_t)in->pivot_x_tenths_mm);
    tf_put_u16(&packet[9], (uint16_t)in->pivot_z_tenths_mm);
    tf_put_u16(&packet[11], (uint16_t)in->angle_least_tenths_deg);
    tf_put_u16(&packet[13], (uint16_t)in->angle_most_tenths_deg);
    tf_put_u16(&packet[15], (uint16_t)in->park_tenths_deg);
    tf_put_u16(&packet[17], in->slew_tenths_deg_per_s);
    tf_put_u16(&packet[19], in->servo_least_us);
    tf_put_u16(&packet[21], in->servo_most_us);
    tf_put_u16(&packet[23], in->max_age_ms);
    tf_put_u16(&packet[25], in->max_interval_tenths_mm);
    return TF_CONFIGURE_SIZE + 1u;
}

/* One line for the host's journal. */
#define TF_LOG_ID 6u
#define TF_LOG_SIZE 45u
typedef struct {
    uint32_t device_ms; /* ms */
    tf_level level;
    char line[40];
} tf_log;

static inline bool tf_log_in_range(const uint8_t *payload)
{
    return (payload[4] <= 2u) && tf_printable(&payload[5], 40u);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_log_read(const uint8_t *payload, tf_log *out)
{
    out->device_ms = tf_get_u32(&payload[0]);
    out->level = payload[4];
    (void)memcpy(out->line, &payload[5], 40u);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_log_write(const tf_log *in, uint8_t *packet)
{
    packet[0] = TF_LOG_ID;
    tf_put_u32(&packet[1], in->device_ms);
    packet[5] = in->level;
    (void)memcpy(&packet[6], in->line, 40u);
    return TF_LOG_SIZE + 1u;
}

/* The words and digits on the display, so that a page can mirror it. */
#define TF_SCREEN_ID 7u
#define TF_SCREEN_SIZE 131u
typedef struct {
    uint32_t device_ms; /* ms: when it was drawn */
    tf_shown shown;
    char rows[126]; /* 6 rows of 21 characters */
} tf_screen;

static inline bool tf_screen_in_range(const uint8_t *payload)
{
    return (payload[4] <= 4u) && tf_printable(&payload[5], 126u);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_screen_read(const uint8_t *payload, tf_screen *out)
{
    out->device_ms = tf_get_u32(&payload[0]);
    out->shown = payload[4];
    (void)memcpy(out->rows, &payload[5], 126u);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_screen_write(const tf_screen *in, uint8_t *packet)
{
    packet[0] = TF_SCREEN_ID;
    tf_put_u32(&packet[1], in->device_ms);
    packet[5] = in->shown;
    (void)memcpy(&packet[6], in->rows, 126u);
    return TF_SCREEN_SIZE + 1u;
}

/* Where a browser finds the page, as the answer to a device that shows `question`. The device makes the QR code itself; it shows nothing where nobody asked, and nothing that begins otherwise than http. */
#define TF_PAGE_ADDRESS_ID 8u
#define TF_PAGE_ADDRESS_SIZE 57u
typedef struct {
    uint32_t session;
    char address[53]; /* with its token, as much as a QR code of version 3, level L holds; blank: no page can be reached from elsewhere */
} tf_page_address;

static inline bool tf_page_address_in_range(const uint8_t *payload)
{
    return tf_printable(&payload[4], 53u);
}

/* From a payload that tf_packet_check found good. */
static inline void tf_page_address_read(const uint8_t *payload, tf_page_address *out)
{
    out->session = tf_get_u32(&payload[0]);
    (void)memcpy(out->address, &payload[4], 53u);
}

/* Returns the packet's size: id and payload. */
static inline size_t tf_page_address_write(const tf_page_address *in, uint8_t *packet)
{
    packet[0] = TF_PAGE_ADDRESS_ID;
    tf_put_u32(&packet[1], in->session);
    (void)memcpy(&packet[5], in->address, 53u);
    return TF_PAGE_ADDRESS_SIZE + 1u;
}

/* Whether a packet (id and payload, checksum removed) is a message, or why not. */
static inline tf_bad_cause tf_packet_check(const uint8_t *packet, size_t size)
{
    if (size == 0u) {
        return TF_BAD_CAUSE_UNKNOWN_ID;
    }
    switch (packet[0]) {
    case TF_HELLO_ID:
        if (size != TF_HELLO_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_hello_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_GUIDANCE_ID:
        if (size != TF_GUIDANCE_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_guidance_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_HEARTBEAT_ID:
        if (size != TF_HEARTBEAT_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_heartbeat_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_STATUS_ID:
        if (size != TF_STATUS_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_status_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_CONFIGURE_ID:
        if (size != TF_CONFIGURE_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_configure_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_LOG_ID:
        if (size != TF_LOG_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_log_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_SCREEN_ID:
        if (size != TF_SCREEN_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_screen_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    case TF_PAGE_ADDRESS_ID:
        if (size != TF_PAGE_ADDRESS_SIZE + 1u) {
            return TF_BAD_CAUSE_LENGTH;
        }
        return tf_page_address_in_range(&packet[1]) ? TF_BAD_CAUSE_NONE : TF_BAD_CAUSE_RANGE;
    default:
        return TF_BAD_CAUSE_UNKNOWN_ID;
    }
}

#endif
