/* libFuzzer: any bytes, buttons and time; the display and the bracket keep their rules.
 *
 * Input: a byte of what comes next, then its arguments. Build: clang -fsanitize=fuzzer,address,undefined -Isrc src/[a-z]*.c fuzz/fuzz_device.c
 * A message may be sent sealed (checksum and stuffing made here), or else no fuzzer would ever get past the CRC.
 */
#include <stdlib.h>

#include "tuffier_device.h"
#include "tuffier_font.h"
#include "tuffier_reference.h"

#define REQUIRE(condition) \
    do {                   \
        if (!(condition)) { \
            abort();       \
        }                  \
    } while (0)

static uint8_t records[2][TF_RECORD_SIZE];

static bool load_record(void *context, uint8_t slot, uint8_t *record, size_t size)
{
    (void)context;
    (void)memcpy(record, records[slot], size);
    return true;
}

static bool store_record(void *context, uint8_t slot, const uint8_t *record, size_t size)
{
    (void)context;
    (void)memcpy(records[slot], record, size);
    return true;
}

static tf_device device;
static uint32_t now_ms;
static uint32_t passed_ms; /* by the last step */
static uint16_t pulse_before_us;

/* What must hold whatever came in. */
static void check(int32_t before, uint32_t dt_ms)
{
    const tf_configure *limits = &device.limits;
    const int32_t least = (int32_t)limits->angle_least_tenths_deg * TF_APPLIED_PER_TENTH;
    const int32_t most = (int32_t)limits->angle_most_tenths_deg * TF_APPLIED_PER_TENTH;
    const int32_t step = abs(device.guard.applied - before);
    bool digit = false;
    for (size_t row = 1u; row < 5u; row++) {
        for (size_t i = 0u; i < TF_SCREEN_COLUMNS; i++) {
            REQUIRE(tf_font_has(device.screen.rows[row][i]));
            digit = digit || ((device.screen.rows[row][i] >= '0') && (device.screen.rows[row][i] <= '9'));
        }
    }
    REQUIRE(digit == (device.screen.shown == TF_SHOWN_DIGITS));
    REQUIRE(!digit || ((now_ms - device.guard.fed_ms) < TF_DEADMAN_MS));
    REQUIRE(!digit || ((now_ms - device.guard.fed_ms) < device.guard.life_ms)); /* the age budget */
    REQUIRE((device.guard.guard != TF_GUARD_ARMED) || (device.guard.heard.picture == TF_PICTURE_LIVE));
    REQUIRE((device.guard.guard != TF_GUARD_ARMED) || (device.guard.heard.digest == device.digest));
    const bool code = device.screen.shown == TF_SHOWN_CODE; /* it hides no number, no fault, and no guide that may hold a needle */
    REQUIRE(!code || (!device.guard.fresh && (device.session != 0u) && (device.faults == 0u)));
    REQUIRE(!code || ((device.guard.guard == TF_GUARD_DISARMED) && ((now_ms - device.page.at_ms) < TF_PAGE_SHOWN_MS)));
    REQUIRE(code == (memcmp(device.screen.code, "http", 4u) == 0));
    if (code) {
        static tf_pixels pixels;
        tf_display_pixels(&device.screen, &pixels);
    }
    REQUIRE(!digit || (device.guard.fresh && (device.session != 0u)));
    if ((device.guard.place == TF_PLACE_PARKED) && (limits->bracket != 0u)) {
        REQUIRE((device.guard.applied >= least) && (device.guard.applied <= most));
        const uint16_t pulse_us = tf_device_servo_us(&device);
        const uint16_t low = (limits->servo_least_us < limits->servo_most_us) ? limits->servo_least_us : limits->servo_most_us;
        const uint16_t high = (limits->servo_least_us < limits->servo_most_us) ? limits->servo_most_us : limits->servo_least_us;
        REQUIRE((pulse_us >= low) && (pulse_us <= high));
    }
    const uint16_t pulse_now_us = tf_device_servo_us(&device);
    REQUIRE((pulse_now_us == 0u) || ((pulse_now_us >= device.built.servo_least_us) && (pulse_now_us <= device.built.servo_most_us)));
    if ((pulse_now_us != 0u) && (pulse_before_us != 0u)) { /* a microsecond of rounding */
        const uint32_t moved_us = (uint32_t)abs((int32_t)pulse_now_us - (int32_t)pulse_before_us);
        REQUIRE((moved_us * 1000u) <= ((passed_ms * device.built.servo_most_us_per_s) + 1000u));
    }
    pulse_before_us = pulse_now_us;
    if (dt_ms != UINT32_MAX) {
        const uint32_t moving_ms = (dt_ms < TF_STEP_MAX_MS) ? dt_ms : TF_STEP_MAX_MS;
        REQUIRE((uint32_t)step <= (moving_ms * device.built.slew_most_tenths_deg_per_s));
    }
}

static void boot(void)
{
    static const tf_storage storage = {load_record, store_record, NULL};
    static const tf_hello built = {TF_REFERENCE_BUILD};
    tf_device_boot(&device, &built, &storage, 1u, 0u, 0u, now_ms);
}

/* Sends id and payload, sealed; a Hello with the right layout and challenge, others with the right session and newly heard, if asked. */
static void send_sealed(const uint8_t *bytes, size_t size, bool helped)
{
    uint8_t packet[TF_PACKET_MOST] = {0};
    uint8_t frame[TF_FRAME_MOST + 16u];
    const size_t length = (size < (TF_PACKET_MOST - 4u)) ? size : (TF_PACKET_MOST - 4u);
    (void)memcpy(packet, bytes, length);
    if (helped && (packet[0] == TF_HELLO_ID)) {
        packet[1] = TF_ROLE_HOST;
        tf_put_u32(&packet[3], TF_LAYOUT);
        tf_put_u32(&packet[11], device.challenge);
    } else if (helped) {
        tf_put_u32(&packet[1], device.session);
        if (packet[0] == TF_PAGE_ADDRESS_ID) {
            for (size_t i = 5u; i < length; i++) {
                packet[i] = (uint8_t)(0x20u + (packet[i] % 0x5Fu));
            }
            if (packet[5] != (uint8_t)' ') {
                (void)memcpy(&packet[5], "http", 4u);
            }
        }
        if (packet[0] == TF_GUIDANCE_ID) {
            tf_put_u32(&packet[9], now_ms - 10u);
            tf_put_u16(&packet[13], 10u);
            tf_put_u16(&packet[15], packet[15]);
            packet[19] = (packet[19] == 0xFFu) ? TF_PICTURE_DEMO : TF_PICTURE_LIVE;
            if (packet[20] != 0xFFu) {
                tf_put_u32(&packet[20], device.digest);
            }
        }
    }
    tf_device_receive(&device, frame, tf_frame(packet, length, frame), now_ms);
}

static size_t message_size(uint8_t id)
{
    switch (id) {
    case TF_HELLO_ID:
        return TF_HELLO_SIZE + 1u;
    case TF_GUIDANCE_ID:
        return TF_GUIDANCE_SIZE + 1u;
    case TF_HEARTBEAT_ID:
        return TF_HEARTBEAT_SIZE + 1u;
    case TF_CONFIGURE_ID:
        return TF_CONFIGURE_SIZE + 1u;
    case TF_PAGE_ADDRESS_ID:
        return TF_PAGE_ADDRESS_SIZE + 1u;
    default:
        return 40u;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ids[5] = {TF_HELLO_ID, TF_GUIDANCE_ID, TF_HEARTBEAT_ID, TF_CONFIGURE_ID, TF_PAGE_ADDRESS_ID};
    uint8_t buttons = 0u;
    uint8_t sent[TF_OUTBOX_SIZE];
    size_t at = 0u;
    (void)memset(records, 0xFF, sizeof records);
    pulse_before_us = 0u;
    now_ms = UINT32_MAX - 3000u; /* so that the clock wraps early */
    boot();
    while ((at + 1u) < size) {
        const uint8_t verb = data[at];
        const uint8_t argument = data[at + 1u];
        const size_t left = size - (at + 2u);
        at += 2u;
        uint32_t dt_ms = 0u;
        switch (verb & 7u) {
        case 0u:
            dt_ms = argument;
            break;
        case 1u:
            dt_ms = (uint32_t)argument * 50u;
            break;
        case 2u:
            buttons = argument & 0x0Fu;
            break;
        case 3u: { /* raw bytes */
            const size_t take = (argument < left) ? argument : left;
            tf_device_receive(&device, &data[at], take, now_ms);
            at += take;
            break;
        }
        case 4u:
            if (argument < 8u) {
                boot();
            }
            break;
        default: { /* a message */
            uint8_t packet[64] = {0};
            const uint8_t id = ids[argument % 5u];
            const size_t wanted = message_size(id);
            const size_t take = ((wanted - 1u) < left) ? (wanted - 1u) : left;
            packet[0] = id;
            (void)memcpy(&packet[1], &data[at], take);
            at += take;
            send_sealed(packet, wanted, (verb & 8u) == 0u);
            break;
        }
        }
        const int32_t before = device.guard.applied;
        const tf_place place = device.guard.place;
        now_ms += dt_ms;
        passed_ms = dt_ms;
        tf_device_tick(&device, buttons, (verb >= 0xF0u) ? 3000u : 5000u, now_ms);
        check(before, (place == device.guard.place) ? dt_ms : UINT32_MAX);
        (void)tf_device_take(&device, sent, sizeof sent);
    }
    return 0;
}
