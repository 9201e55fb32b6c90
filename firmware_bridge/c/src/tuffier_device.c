/* A whole device but its hardware: the session, the buttons, what is stored and what is said. */
#include "tuffier_device.h"

/* --- what is said --- */

/* Whether it will go out. */
static bool send(tf_device *d, const uint8_t *packet, size_t size)
{
    uint8_t frame[TF_FRAME_MOST];
    const size_t length = tf_frame(packet, size, frame);
    if ((d->outbox_size + length) > TF_OUTBOX_SIZE) {
        return false; /* newest wins is the host's rule; a device that cannot get rid of its words says fewer */
    }
    (void)memcpy(&d->outbox[d->outbox_size], frame, length);
    d->outbox_size += length;
    return true;
}

static void say_hello(tf_device *d)
{
    uint8_t packet[TF_PACKET_MOST];
    tf_hello hello = d->built;
    hello.role = TF_ROLE_DEVICE;
    hello.protocol = TF_PROTOCOL;
    hello.layout = TF_LAYOUT;
    hello.session = d->session;
    hello.challenge = d->challenge;
    (void)send(d, packet, tf_hello_write(&hello, packet));
}

static void say_limits(tf_device *d)
{
    uint8_t packet[TF_PACKET_MOST];
    tf_configure said = d->limits;
    said.session = d->session;
    (void)send(d, packet, tf_configure_write(&said, packet));
}

static void say(tf_device *d, tf_level level, const char *words, uint32_t now_ms)
{
    uint8_t packet[TF_PACKET_MOST];
    tf_log line = {.device_ms = now_ms, .level = level, .line = {0}};
    if (d->peer == TF_PEER_SILENT) {
        return;
    }
    (void)memset(line.line, ' ', sizeof line.line);
    for (size_t i = 0u; (i < sizeof line.line) && (words[i] != '\0'); i++) {
        line.line[i] = words[i];
    }
    (void)send(d, packet, tf_log_write(&line, packet));
}

static uint8_t closed_buttons(const tf_device *d)
{
    uint8_t closed = 0u;
    for (size_t i = 0u; i < TF_BUTTON_COUNT; i++) {
        closed = (uint8_t)(closed | (d->buttons[i].closed ? (1u << i) : 0u));
    }
    return closed;
}

static tf_status status_now(const tf_device *d, uint32_t now_ms)
{
    const tf_status status = {
        .device_ms = now_ms,
        .session = d->session,
        .last_frame_id = d->guard.last_frame_id,
        .pointing_ms = d->guard.fed_ms,
        .configure_digest = d->digest,
        .peer = d->peer,
        .shown = d->screen.shown,
        .refusal = d->guard.refusal,
        .guard = d->guard.guard,
        .stop = d->guard.stop,
        .procedure = d->choice.procedure,
        .side = d->choice.side,
        .buttons = closed_buttons(d),
        .presses = d->presses,
        .faults = d->faults,
        .applied_tenths_deg = (int16_t)(d->guard.applied / TF_APPLIED_PER_TENTH),
        .servo_us = tf_device_servo_us(d),
        .supply_mv = d->supply_mv,
        .good_packets = d->good_packets,
        .bad_packets = d->bad_packets,
        .round_trip_ms = d->guard.round_trip_ms,
    };
    return status;
}

/* What the host should hear of at once. */
static bool status_changed(const tf_status *now, const tf_status *sent)
{
    return (now->shown != sent->shown) || (now->guard != sent->guard) || (now->procedure != sent->procedure) ||
           (now->side != sent->side) || (now->presses != sent->presses) || (now->faults != sent->faults) ||
           (now->session != sent->session) || (now->configure_digest != sent->configure_digest);
}

static void say_status(tf_device *d, uint32_t now_ms)
{
    const tf_status status = status_now(d, now_ms);
    if (((now_ms - d->status_ms) >= TF_STATUS_MS) || status_changed(&status, &d->sent_status)) {
        uint8_t packet[TF_PACKET_MOST];
        if (send(d, packet, tf_status_write(&status, packet))) {
            d->sent_status = status;
            d->status_ms = now_ms;
        }
    }
}

static void say_screen(tf_device *d, uint32_t now_ms)
{
    const bool other_kind = d->screen.shown != d->sent_screen.shown;
    const bool differs = memcmp(d->screen.rows, d->sent_screen.rows, sizeof d->screen.rows) != 0;
    if (other_kind || (differs && ((now_ms - d->screen_ms) >= TF_SCREEN_MS))) {
        uint8_t packet[TF_PACKET_MOST];
        tf_screen message;
        message.device_ms = now_ms;
        message.shown = d->screen.shown;
        (void)memcpy(message.rows, d->screen.rows, sizeof message.rows);
        if (send(d, packet, tf_screen_write(&message, packet))) {
            d->sent_screen = d->screen;
            d->screen_ms = now_ms;
        }
    }
}

/* --- what is stored --- */

#define FREE 0xF5u /* any other byte: not */

static bool record_blank(const uint8_t *record)
{
    for (size_t i = 1u; i < TF_RECORD_SIZE; i++) {
        if (record[i] != record[0]) {
            return false;
        }
    }
    return (record[0] == 0u) || (record[0] == 0xFFu);
}

uint32_t tf_configure_digest(const tf_configure *limits)
{
    uint8_t packet[TF_CONFIGURE_SIZE + 1u];
    tf_configure kept = *limits;
    kept.session = 0u;
    (void)tf_configure_write(&kept, packet);
    const uint32_t digest = tf_crc32(&packet[1], TF_CONFIGURE_SIZE);
    return (digest != 0u) ? digest : 1u;
}

static void hold_limits(tf_device *d, const tf_configure *limits)
{
    d->limits = *limits;
    d->limits.session = 0u;
    d->digest = tf_configure_digest(limits);
}

static bool record_good(const tf_device *d, const uint8_t *record, tf_configure *limits)
{
    if ((tf_get_u32(record) != TF_LAYOUT) ||
        (tf_crc32(record, TF_RECORD_SIZE - 4u) != tf_get_u32(&record[TF_RECORD_SIZE - 4u])) ||
        !tf_configure_in_range(&record[8])) {
        return false;
    }
    tf_configure_read(&record[8], limits);
    return tf_limits_sound(limits, &d->built);
}

/* A pulse that this build never gives is no place of the bracket. */
static uint16_t pulse_of(const tf_device *d, const uint8_t *record)
{
    const uint16_t us = tf_get_u16(&record[8u + TF_CONFIGURE_SIZE + 1u]);
    return ((us >= d->built.servo_least_us) && (us <= d->built.servo_most_us)) ? us : 0u;
}

/* Locked unless a record says that it was free, or none was ever written. */
static void load_record(tf_device *d)
{
    bool damaged = false;
    bool found = false;
    for (uint8_t slot = 0u; slot < 2u; slot++) {
        uint8_t record[TF_RECORD_SIZE];
        tf_configure limits;
        (void)memset(record, 0xFF, sizeof record);
        const bool read = d->storage.load(d->storage.context, slot, record, sizeof record);
        if (read && record_good(d, record, &limits)) {
            const uint32_t number = tf_get_u32(&record[4]);
            if (!found || ((number - d->record_number) < UINT32_C(0x80000000))) {
                d->record_number = number;
                d->record_slot = slot;
                d->kept_locked = record[8u + TF_CONFIGURE_SIZE] != FREE;
                d->kept_us = pulse_of(d, record);
                hold_limits(d, &limits);
            }
            found = true;
        } else {
            damaged = damaged || !read || !record_blank(record);
        }
    }
    if (damaged && !found) {
        d->faults |= TF_FAULT_CONFIGURATION_LOST;
        d->kept_locked = true;
    }
    if ((d->built.capabilities & TF_CAPABILITY_BRACKET) == 0u) {
        d->kept_locked = false; /* nothing to lock, and no button to free it */
    }
}

/* Into the older slot, and read back. locked, pulse_us: of the bracket. */
static bool store_record(tf_device *d, const tf_configure *limits, bool locked, uint16_t pulse_us)
{
    uint8_t packet[TF_CONFIGURE_SIZE + 1u];
    uint8_t record[TF_RECORD_SIZE];
    uint8_t back[TF_RECORD_SIZE] = {0};
    tf_configure kept = *limits;
    kept.session = 0u;
    (void)tf_configure_write(&kept, packet);
    tf_put_u32(record, TF_LAYOUT);
    tf_put_u32(&record[4], d->record_number + 1u);
    (void)memcpy(&record[8], &packet[1], TF_CONFIGURE_SIZE);
    record[8u + TF_CONFIGURE_SIZE] = locked ? 0u : FREE;
    tf_put_u16(&record[8u + TF_CONFIGURE_SIZE + 1u], pulse_us);
    tf_put_u32(&record[TF_RECORD_SIZE - 4u], tf_crc32(record, TF_RECORD_SIZE - 4u));
    const uint8_t slot = (uint8_t)(1u - d->record_slot);
    if (!d->storage.store(d->storage.context, slot, record, sizeof record) ||
        !d->storage.load(d->storage.context, slot, back, sizeof back) || (memcmp(record, back, sizeof record) != 0)) {
        d->faults |= TF_FAULT_STORAGE_FAILED;
        return false;
    }
    d->record_number++;
    d->record_slot = slot;
    d->kept_locked = locked;
    d->kept_us = pulse_us;
    d->faults &= (uint8_t)~TF_FAULT_STORAGE_FAILED;
    return true;
}

/* Whether the bracket is free outlives a reset. It is kept before an armed one moves; where it stands, once it stands. A store that failed is
 * a fault, which locks; it is not tried again until something changes. */
static void keep_lock(tf_device *d)
{
    const bool armed = d->guard.guard == TF_GUARD_ARMED;
    const bool locked = armed || (d->guard.guard == TF_GUARD_LOCKED);
    const bool moving = armed || (d->guard.guard == TF_GUARD_PARKING);
    const uint16_t pulse_us = armed ? 0u : d->guard.last_us;
    const bool news = (locked != d->kept_locked) || (!moving && (pulse_us != d->kept_us));
    if (((d->built.capabilities & TF_CAPABILITY_BRACKET) != 0u) && news && !store_record(d, &d->limits, locked, pulse_us)) {
        d->kept_locked = locked;
        d->kept_us = pulse_us;
    }
}

static bool holds(const tf_device *d, const tf_configure *limits)
{
    return (tf_configure_digest(limits) == d->digest) && ((d->faults & (TF_FAULT_CONFIGURATION_LOST | TF_FAULT_STORAGE_FAILED)) == 0u);
}

static void configure(tf_device *d, const tf_configure *limits, uint32_t now_ms)
{
    if (!tf_limits_sound(limits, &d->built)) {
        d->faults |= TF_FAULT_BAD_CONFIGURATION;
        say(d, TF_LEVEL_FAULT, "configuration beyond this device", now_ms);
    } else if (!tf_guard_configure(&d->guard)) {
        say(d, TF_LEVEL_WARNING, "configuration not stored: locked", now_ms);
    } else if (holds(d, limits)) {
        d->faults &= (uint8_t)~TF_FAULT_BAD_CONFIGURATION; /* each write wears the flash */
    } else if (!store_record(d, limits, false, d->guard.last_us)) {
        say(d, TF_LEVEL_FAULT, "configuration not stored", now_ms);
    } else {
        hold_limits(d, limits);
        d->faults &= (uint8_t)~(TF_FAULT_BAD_CONFIGURATION | TF_FAULT_CONFIGURATION_LOST);
        say(d, TF_LEVEL_NOTE, "configuration stored", now_ms);
    }
    say_limits(d);
}

/* --- the page's address: shown only where nobody is guided, kept nowhere else --- */

static void drop_page(tf_device *d)
{
    (void)memset(&d->page, 0, sizeof d->page);
}

static void ask_page(tf_device *d, uint32_t now_ms)
{
    d->page.state = TF_PAGE_ASKED;
    d->page.at_ms = now_ms;
}

/* What begins otherwise would open something else than a page. */
static bool opens_page(const char *address)
{
    static const char begins[4] = {'h', 't', 't', 'p'};
    for (size_t i = 0u; i < sizeof begins; i++) {
        if (address[i] != begins[i]) {
            return false;
        }
    }
    return true;
}

/* Only the answer to a question. */
static void hear_page(tf_device *d, const tf_page_address *said, uint32_t now_ms)
{
    if (d->page.state == TF_PAGE_ASKED) {
        d->page.state = opens_page(said->address) ? TF_PAGE_SHOWN : TF_PAGE_DENIED;
        d->page.at_ms = now_ms;
        (void)memcpy(d->page.address, said->address, sizeof d->page.address);
    }
}

static void watch_page(tf_device *d, uint32_t now_ms)
{
    const bool over = (now_ms - d->page.at_ms) >= ((d->page.state == TF_PAGE_SHOWN) ? (uint32_t)TF_PAGE_SHOWN_MS : (uint32_t)TF_PAGE_WAIT_MS);
    if (over || !tf_guard_idle(&d->guard, d->faults)) {
        drop_page(d);
    }
}

/* --- what is heard --- */

static tf_rules rules_now(const tf_device *d)
{
    const tf_rules rules = {.limits = &d->limits, .choice = d->choice, .session = d->session, .digest = d->digest,
                            .faults = d->faults};
    return rules;
}

static void draw_challenge(tf_device *d, uint32_t now_ms)
{
    uint32_t x = d->challenge ^ (now_ms * UINT32_C(0x9E3779B9)); /* xorshift: it need not be secret, only new */
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    d->challenge = (x != 0u) ? x : 1u;
}

static void hear_hello(tf_device *d, const tf_hello *hello, uint32_t now_ms)
{
    if (hello->role != TF_ROLE_HOST) {
        return;
    }
    if ((hello->challenge == d->challenge) && (hello->session != 0u)) {
        d->session = hello->session;
        d->peer = TF_PEER_IN_SESSION;
        d->heard_ms = now_ms;
        tf_guard_session(&d->guard);
        drop_page(d);
        draw_challenge(d, now_ms);
        say_hello(d);
        say_limits(d);
        d->sent_screen.shown = TF_SHOWN_BLANK; /* have the screen sent */
        return;
    }
    if (d->peer != TF_PEER_IN_SESSION) {
        d->peer = TF_PEER_GREETED;
        d->heard_ms = now_ms;
    }
    say_hello(d);
}

static void hear_packet(tf_device *d, uint32_t now_ms)
{
    const uint8_t *payload = &d->decoder.packet[1];
    const tf_rules rules = rules_now(d);
    d->good_packets++;
    if (d->decoder.packet[0] == TF_HELLO_ID) {
        tf_hello hello;
        tf_hello_read(payload, &hello);
        hear_hello(d, &hello, now_ms);
        return;
    }
    /* Guidance, Heartbeat and Configure begin with the session. */
    if ((d->session == 0u) || (tf_get_u32(payload) != d->session)) {
        return;
    }
    switch (d->decoder.packet[0]) {
    case TF_GUIDANCE_ID: {
        tf_guidance guidance;
        tf_guidance_read(payload, &guidance);
        d->heard_ms = now_ms;
        tf_guard_guidance(&d->guard, &rules, &guidance, now_ms);
        break;
    }
    case TF_HEARTBEAT_ID:
        d->heard_ms = now_ms;
        break;
    case TF_CONFIGURE_ID: {
        tf_configure limits;
        tf_configure_read(payload, &limits);
        d->heard_ms = now_ms;
        configure(d, &limits, now_ms);
        break;
    }
    case TF_PAGE_ADDRESS_ID: {
        tf_page_address said;
        tf_page_address_read(payload, &said);
        hear_page(d, &said, now_ms);
        break;
    }
    default:
        break; /* a device's own messages, come back */
    }
}

static void end_session(tf_device *d, tf_peer peer)
{
    d->session = 0u;
    d->peer = peer;
    tf_guard_session(&d->guard);
    drop_page(d);
}

void tf_device_receive(tf_device *d, const uint8_t *bytes, size_t size, uint32_t now_ms)
{
    for (size_t i = 0u; i < size; i++) {
        switch (tf_decoder_push(&d->decoder, bytes[i])) {
        case TF_RECEIVED_PACKET:
            hear_packet(d, now_ms);
            break;
        case TF_RECEIVED_STRANGER:
            end_session(d, TF_PEER_STRANGE_LAYOUT);
            d->heard_ms = now_ms;
            say_hello(d);
            break;
        case TF_RECEIVED_BAD:
            d->bad_packets++;
            break;
        default:
            break;
        }
    }
}

/* --- the buttons --- */

#define LOCK_INDEX 1u
#define PROCEDURE_INDEX 2u

static tf_procedure next_procedure(tf_procedure procedure)
{
    return ((procedure + 1u) < TF_PROCEDURE_COUNT) ? (tf_procedure)(procedure + 1u) : TF_PROCEDURE_FACET;
}

static void press_choice(tf_device *d, uint8_t button)
{
    tf_choice choice = d->choice;
    if (choice.procedure == TF_PROCEDURE_NONE) { /* it followed the host: begin with what is shown */
        choice.procedure = d->guard.heard.any ? d->guard.heard.procedure : TF_PROCEDURE_NONE;
        choice.side = d->guard.heard.any ? d->guard.heard.side : TF_SIDE_NONE;
    }
    if (button == TF_BUTTON_PROCEDURE) {
        choice.procedure = next_procedure(choice.procedure);
        choice.side = TF_SIDE_NONE; /* a side is chosen anew for each procedure */
    } else if (tf_procedure_sided(choice.procedure)) {
        choice.side = (choice.side == TF_SIDE_LEFT) ? TF_SIDE_RIGHT : TF_SIDE_LEFT;
    } else {
        return;
    }
    d->choice = choice;
    tf_guard_drop(&d->guard, TF_STOP_CHOICE_CHANGED);
}

static void press_arm(tf_device *d, const tf_rules *rules, uint32_t now_ms)
{
    static const char *const words[TF_ARMED_COUNT] = {"not armed: no bracket", "not armed: a fault", "not armed: hold LOCK first",
                                                      "not armed: the picture is not live", "not armed: configurations differ",
                                                      "not armed: no fresh number", "not armed: out of its range",
                                                      "going to park", "armed"};
    const tf_armed armed = tf_guard_arm(&d->guard, rules, now_ms);
    say(d, (armed >= TF_ARMED_PARKS) ? TF_LEVEL_NOTE : TF_LEVEL_WARNING, words[armed], now_ms);
}

/* A press that takes the page's code away does nothing else; LOCK always locks. */
static void press(tf_device *d, uint8_t button, uint32_t now_ms)
{
    const tf_rules rules = rules_now(d);
    const bool takes_code = (d->page.state == TF_PAGE_SHOWN) && (button != TF_BUTTON_LOCK);
    d->presses++;
    drop_page(d);
    if (takes_code) {
        d->buttons[PROCEDURE_INDEX].used = true;
        return;
    }
    switch (button) {
    case TF_BUTTON_ARM:
        press_arm(d, &rules, now_ms);
        break;
    case TF_BUTTON_LOCK:
        d->buttons[LOCK_INDEX].used = d->guard.guard != TF_GUARD_LOCKED; /* the press that locks cannot also unlock */
        tf_guard_lock(&d->guard, &rules);
        break;
    case TF_BUTTON_PROCEDURE:
        tf_guard_drop(&d->guard, TF_STOP_CHOICE_CHANGED); /* it steps when it is let go, and what moves stops now */
        break;
    default:
        press_choice(d, button);
        break;
    }
}

/* PROCEDURE steps when it is let go, unless it was held for the page. */
static void let_go(tf_device *d, size_t index)
{
    if ((index == PROCEDURE_INDEX) && !d->buttons[index].used) {
        press_choice(d, TF_BUTTON_PROCEDURE);
    }
}

static bool held(const tf_button_state *b, uint32_t ms, uint32_t now_ms)
{
    return b->closed && !b->used && ((now_ms - b->closed_ms) >= ms);
}

static void watch_holds(tf_device *d, uint32_t now_ms)
{
    if (held(&d->buttons[LOCK_INDEX], TF_UNLOCK_MS, now_ms)) {
        d->buttons[LOCK_INDEX].used = true;
        tf_guard_unlock(&d->guard);
    }
    if (held(&d->buttons[PROCEDURE_INDEX], TF_PAGE_HOLD_MS, now_ms) && (d->session != 0u) && tf_guard_idle(&d->guard, d->faults)) {
        d->buttons[PROCEDURE_INDEX].used = true;
        ask_page(d, now_ms);
    }
}

static void watch_button(tf_device *d, size_t index, bool raw, uint32_t now_ms)
{
    tf_button_state *b = &d->buttons[index];
    if (raw != b->raw) {
        b->raw = raw;
        b->changed_ms = now_ms;
    }
    if ((b->raw != b->closed) && ((now_ms - b->changed_ms) >= TF_DEBOUNCE_MS)) {
        b->closed = b->raw;
        b->closed_ms = now_ms;
        if (b->closed) {
            b->used = false;
            press(d, (uint8_t)(1u << index), now_ms);
        } else {
            let_go(d, index);
        }
    }
    if (b->closed && ((now_ms - b->closed_ms) >= TF_STUCK_MS)) {
        d->faults |= TF_FAULT_BUTTON_STUCK;
    }
}

/* --- time --- */

static void hold_built(tf_device *d)
{
    const tf_configure limits = {
        .angle_least_tenths_deg = d->built.angle_least_tenths_deg,
        .angle_most_tenths_deg = d->built.angle_most_tenths_deg,
        .slew_tenths_deg_per_s = d->built.slew_most_tenths_deg_per_s,
        .servo_least_us = 1000u,
        .servo_most_us = 2000u,
        .max_age_ms = TF_MAX_AGE_MS,
        .max_interval_tenths_mm = d->built.interval_most_tenths_mm,
    };
    hold_limits(d, &limits);
}

void tf_device_boot(tf_device *d, const tf_hello *built, const tf_storage *storage, uint32_t seed, uint8_t faults,
                    uint8_t buttons, uint32_t now_ms)
{
    (void)memset(d, 0, sizeof *d);
    d->built = *built;
    d->storage = *storage;
    d->faults = faults;
    d->booted_ms = now_ms;
    d->boot_notice = true;
    d->challenge = seed;
    draw_challenge(d, now_ms);
    hold_built(d);
    load_record(d);
    tf_guard_boot(&d->guard, d->kept_locked, d->kept_us);
    d->said_guard = d->guard.guard;
    if (buttons != 0u) {
        d->faults |= TF_FAULT_BUTTON_STUCK;
    }
    for (size_t i = 0u; i < TF_BUTTON_COUNT; i++) {
        d->buttons[i].raw = (((uint32_t)buttons >> i) & 1u) != 0u;
        d->buttons[i].closed = d->buttons[i].raw;
        d->buttons[i].used = true; /* closed at boot: never a press */
        d->buttons[i].changed_ms = now_ms;
        d->buttons[i].closed_ms = now_ms;
    }
    say_hello(d);
}

static void watch_supply(tf_device *d, uint16_t supply_mv)
{
    d->supply_mv = supply_mv;
    if ((supply_mv != 0u) && (supply_mv < TF_SUPPLY_LOW_MV)) {
        d->faults |= TF_FAULT_BROWN_OUT;
    } else if (supply_mv >= TF_SUPPLY_GOOD_MV) {
        d->faults &= (uint8_t)~TF_FAULT_BROWN_OUT;
    } else {
        /* not measured, or between the two: as before */
    }
}

/* Locked or free, and why. */
static void say_guard(tf_device *d, uint32_t now_ms)
{
    char line[40] = {0};
    size_t at = 0u;
    const bool news = d->guard.guard != d->said_guard;
    d->said_guard = d->guard.guard;
    if (!news || ((d->guard.guard != TF_GUARD_DISARMED) && (d->guard.guard != TF_GUARD_LOCKED))) {
        return; /* the press of ARM told the others */
    }
    const char *const parts[2] = {(d->guard.guard == TF_GUARD_LOCKED) ? "locked: " : "free: ", tf_stop_words(d->guard.stop)};
    for (size_t part = 0u; part < 2u; part++) {
        for (size_t i = 0u; (at < (sizeof line - 1u)) && (parts[part][i] != '\0'); i++) {
            line[at] = parts[part][i];
            at++;
        }
    }
    say(d, TF_LEVEL_NOTE, line, now_ms);
}

void tf_device_tick(tf_device *d, uint8_t buttons, uint16_t supply_mv, uint32_t now_ms)
{
    watch_supply(d, supply_mv);
    for (size_t i = 0u; i < TF_BUTTON_COUNT; i++) {
        watch_button(d, i, (((uint32_t)buttons >> i) & 1u) != 0u, now_ms);
    }
    watch_holds(d, now_ms);
    if ((d->peer != TF_PEER_SILENT) && ((now_ms - d->heard_ms) >= TF_SILENT_MS)) {
        end_session(d, TF_PEER_SILENT);
    }
    const tf_rules rules = rules_now(d);
    tf_guard_tick(&d->guard, &rules, now_ms);
    watch_page(d, now_ms);
    keep_lock(d);
    say_guard(d, now_ms);
    const uint32_t notice_ms = d->guard.fresh ? TF_BOOT_NOTICE_LEAST_MS : TF_BOOT_NOTICE_MS;
    d->boot_notice = d->boot_notice && ((now_ms - d->booted_ms) < notice_ms);
    tf_display_draw(&d->screen, &d->guard, &rules, d->peer, &d->page, d->boot_notice);
    if (d->peer != TF_PEER_SILENT) { /* nobody listens otherwise, and a full buffer of old words helps nobody */
        say_status(d, now_ms);
        say_screen(d, now_ms);
    }
}

size_t tf_device_take(tf_device *d, uint8_t *bytes, size_t size)
{
    const size_t taken = (size < d->outbox_size) ? size : d->outbox_size;
    (void)memcpy(bytes, d->outbox, taken);
    d->outbox_size -= taken;
    (void)memmove(d->outbox, &d->outbox[taken], d->outbox_size);
    return taken;
}

uint16_t tf_device_servo_us(const tf_device *d)
{
    return tf_guard_servo_us(&d->guard, &d->limits);
}
