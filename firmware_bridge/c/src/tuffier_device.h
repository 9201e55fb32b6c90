/* A whole device but its hardware: bytes, buttons and time in; bytes, a screen and a pulse width out. */
#ifndef TUFFIER_DEVICE_H
#define TUFFIER_DEVICE_H

#include "tuffier_frame.h"
#include "tuffier_guard.h"
#include "tuffier_screen.h"

#define TF_RECORD_SIZE (8u + TF_CONFIGURE_SIZE + 3u + 4u) /* layout, number, Configure, free or not, last pulse, CRC-32 */
#define TF_OUTBOX_SIZE 512u
#define TF_BUTTON_COUNT 4u

/* Where a record is kept: two slots, so that a power cut while one is written leaves the other. Both return false on failure; load may
 * fill in anything then. A slot never written reads as all 0xFF or all 0. */
typedef struct {
    bool (*load)(void *context, uint8_t slot, uint8_t *record, size_t size);
    bool (*store)(void *context, uint8_t slot, const uint8_t *record, size_t size);
    void *context;
} tf_storage;

typedef struct {
    uint32_t changed_ms; /* when the raw level last changed */
    uint32_t closed_ms;  /* when it was debounced closed */
    bool raw;
    bool closed;
    bool used; /* this press has done its work */
} tf_button_state;

typedef struct {
    tf_decoder decoder;
    tf_guard_state guard;
    tf_display screen;
    tf_display sent_screen;
    tf_hello built; /* what the port says of itself: serial number, version, capabilities, range and speed */
    tf_configure limits;
    tf_storage storage;
    uint32_t record_number;
    uint8_t record_slot; /* where the newest record is */
    bool kept_locked;    /* what it says of the bracket */
    uint16_t kept_us;
    uint32_t digest; /* of limits */
    tf_guard said_guard; /* the last one that a Log told */
    tf_choice choice;
    tf_page page;
    tf_peer peer;
    tf_button_state buttons[TF_BUTTON_COUNT];
    uint8_t presses;
    uint8_t faults;
    uint16_t supply_mv;
    uint32_t session;
    uint32_t challenge;
    uint32_t booted_ms;
    uint32_t heard_ms;
    uint32_t status_ms;
    uint32_t screen_ms;
    uint16_t good_packets;
    uint16_t bad_packets;
    bool boot_notice;
    tf_status sent_status;
    uint8_t outbox[TF_OUTBOX_SIZE];
    size_t outbox_size;
} tf_device;

/* built->servo_* and interval_most: the physical limits of this build, which no Configure widens. seed: anything that differs from boot to boot. faults: what the port found out (TF_FAULT_WATCHDOG_RESET). buttons: closed at boot. */
void tf_device_boot(tf_device *device, const tf_hello *built, const tf_storage *storage, uint32_t seed, uint8_t faults,
                    uint8_t buttons, uint32_t now_ms);

void tf_device_receive(tf_device *device, const uint8_t *bytes, size_t size, uint32_t now_ms);

/* At least every 10 ms. Redraws device->screen. supply_mv: 0 where the board does not measure it. */
void tf_device_tick(tf_device *device, uint8_t buttons, uint16_t supply_mv, uint32_t now_ms);

/* Up to size bytes to send. Returns how many. */
size_t tf_device_take(tf_device *device, uint8_t *bytes, size_t size);

uint16_t tf_device_servo_us(const tf_device *device);

/* What host and device compare: CRC-32 of a Configure's payload with session 0; never 0. */
uint32_t tf_configure_digest(const tf_configure *limits);

#endif
