/* The C core on a table: its clock, buttons and bytes are lines on stdin, and after each line it says all that it knows. For tests. As a library
 * (table_new, table_answer, table_end) it is a table in the caller's own process.
 *
 * Lines: boot SEED BUTTONS FAULTS | t N (N ms pass, a tick every 5) | s N (N ms pass unseen, then one tick) | rx HEX | b BUTTONS |
 *        v MILLIVOLT | fail-store 0/1 | fail-load 0/1 | cut N (bytes until the power goes while storing; -1: never) | record SLOT HEX |
 *        take N (bytes that the port gets rid of after a line) | built CAPABILITIES (from the next boot on) | stores (how often a record was written) | clock MS (set) | decode HEX (one event a line, then ".") | pixels :TEXT | code :TEXT (its modules, a row in 8 digits of 16) | glass (the pixels now) | step APPLIED TARGET SLEW DT | age HEARD SINCE AGE NOW |
 *        hear SESSION HEX (one Guidance's payload, just booted) | unlock GUARD | sound CAPABILITIES HEX | font (the letters it has)
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>

#include "tuffier_device.h"
#include "tuffier_font.h"
#include "tuffier_reference.h"

#define LINE_MOST 70000u

typedef struct {
    tf_device device;
    tf_hello built;
    tf_storage storage;
    uint8_t records[2][TF_RECORD_SIZE];
    int32_t cut_after;
    uint32_t stores;
    bool fail_store;
    bool fail_load;
    bool dead; /* the power went */
    uint32_t now_ms;
    size_t take_most; /* bytes that the port gets rid of after a line */
    uint8_t buttons;
    uint16_t supply_mv;
    tf_decoder decoder;
    FILE *answers; /* into `answer` */
    char *answer;
    size_t answer_size;
} bench;

static FILE *out; /* where the present line is answered */

static bool load_record(void *context, uint8_t slot, uint8_t *record, size_t size)
{
    const bench *t = context;
    (void)memcpy(record, t->records[slot], size);
    return !t->fail_load;
}

static bool store_record(void *context, uint8_t slot, const uint8_t *record, size_t size)
{
    bench *t = context;
    const bool cut = (t->cut_after >= 0) && ((size_t)t->cut_after < size);
    t->stores++;
    if (t->fail_store) {
        return false;
    }
    (void)memset(t->records[slot], 0xFF, size);
    (void)memcpy(t->records[slot], record, cut ? (size_t)t->cut_after : size);
    t->dead = t->dead || cut;
    return true;
}

/* -1 for what is no digit of 16 */
static int32_t nibble(char letter)
{
    if ((letter >= '0') && (letter <= '9')) {
        return letter - '0';
    }
    return ((letter >= 'a') && (letter <= 'f')) ? (letter - 'a' + 10) : -1;
}

static size_t read_hex(const char *text, uint8_t *bytes, size_t most)
{
    size_t size = 0u;
    while ((size < most) && (nibble(text[2u * size]) >= 0)) {
        bytes[size] = (uint8_t)((nibble(text[2u * size]) * 16) + nibble(text[(2u * size) + 1u]));
        size++;
    }
    return size;
}

static void print_hex(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        (void)fprintf(out, "%02x", bytes[i]);
    }
}

static void print_state(bench *t)
{
    uint8_t sent[TF_OUTBOX_SIZE];
    const tf_device *d = &t->device;
    const size_t size = tf_device_take(&t->device, sent, t->take_most);
    (void)fprintf(out, "%u %u %u %u %u %u %d %d %u %u %u %u %u %u %u %d ", t->now_ms, d->screen.shown, d->guard.guard, d->guard.stop,
                 d->guard.refusal, d->peer, d->guard.fresh ? 1 : 0, d->guard.applied, tf_device_servo_us(d), d->faults,
                 d->choice.procedure, d->choice.side, d->session, d->challenge, d->guard.round_trip_ms, t->dead ? 1 : 0);
    print_hex(sent, size);
    (void)fprintf(out, "|%.*s\n", (int)sizeof d->screen.rows, &d->screen.rows[0][0]);
}

static void decode(bench *t, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        switch (tf_decoder_push(&t->decoder, bytes[i])) {
        case TF_RECEIVED_PACKET:
            (void)fprintf(out, "packet ");
            print_hex(t->decoder.packet, t->decoder.size);
            (void)fprintf(out, "\n");
            break;
        case TF_RECEIVED_STRANGER:
            (void)fprintf(out, "stranger %u\n", tf_get_u32(&t->decoder.packet[3]));
            break;
        case TF_RECEIVED_BAD:
            (void)fprintf(out, "bad %u\n", t->decoder.cause);
            break;
        default:
            break;
        }
    }
    (void)fprintf(out, ".\n");
}

/* The pixels of 126 characters. */
static void print_pixels(const char *text)
{
    tf_pixels pixels;
    tf_display display = {.shown = TF_SHOWN_WORDS};
    (void)memcpy(display.rows, text, sizeof display.rows);
    tf_display_pixels(&display, &pixels);
    print_hex(&pixels.rows[0][0], sizeof pixels.rows);
    (void)fprintf(out, "\n");
}

static void print_code(const char *text)
{
    tf_qr code;
    tf_qr_encode(text, strcspn(text, "\n"), &code);
    print_hex(&code.rows[0][0], sizeof code.rows);
    (void)fprintf(out, "\n");
}

static void print_glass(const bench *t)
{
    tf_pixels pixels;
    tf_display_pixels(&t->device.screen, &pixels);
    print_hex(&pixels.rows[0][0], sizeof pixels.rows);
    (void)fprintf(out, "\n");
}

/* A guard that has just booted hears one Guidance. */
static void hear(const bench *t, uint32_t session, const uint8_t *payload)
{
    tf_guard_state state;
    tf_guidance guidance;
    const tf_rules rules = {.limits = &t->device.limits, .choice = {0u, 0u}, .session = session, .digest = t->device.digest,
                            .faults = 0u};
    (void)memset(&state, 0xA5, sizeof state); /* whatever was in RAM */
    tf_guard_boot(&state, false, 0u);
    tf_guidance_read(payload, &guidance);
    tf_guard_guidance(&state, &rules, &guidance, t->now_ms);
    (void)fprintf(out, "%u %d\n", state.refusal, state.any_frame ? 1 : 0);
}

static void unlock(uint8_t guard)
{
    tf_guard_state state;
    (void)memset(&state, 0xA5, sizeof state);
    tf_guard_boot(&state, false, 0u);
    state.guard = guard;
    tf_guard_unlock(&state);
    (void)fprintf(out, "%u %u\n", state.guard, state.stop);
}

static void sound(const bench *t, uint8_t capabilities, const uint8_t *payload)
{
    tf_configure limits;
    tf_hello built = t->built;
    built.capabilities = capabilities;
    tf_configure_read(payload, &limits);
    (void)fprintf(out, "%d\n", tf_limits_sound(&limits, &built) ? 1 : 0);
}

static void pass(bench *t, uint32_t ms, uint32_t step_ms)
{
    while (ms > 0u) {
        const uint32_t step = (ms < step_ms) ? ms : step_ms;
        t->now_ms += step;
        ms -= step;
        tf_device_tick(&t->device, t->buttons, t->supply_mv, t->now_ms);
    }
}

static void run(bench *t, const char *verb, const char *rest)
{
    static uint8_t bytes[LINE_MOST / 2u];
    long long n[4] = {0, 0, 0, 0};
    (void)sscanf(rest, "%lld %lld %lld %lld", &n[0], &n[1], &n[2], &n[3]);
    if (strcmp(verb, "boot") == 0) {
        t->buttons = (uint8_t)n[1];
        t->dead = false;
        t->cut_after = -1;
        tf_device_boot(&t->device, &t->built, &t->storage, (uint32_t)n[0], (uint8_t)n[2], t->buttons, t->now_ms);
        tf_device_tick(&t->device, t->buttons, t->supply_mv, t->now_ms);
    } else if (strcmp(verb, "t") == 0) {
        pass(t, (uint32_t)n[0], 5u);
    } else if (strcmp(verb, "s") == 0) {
        pass(t, (uint32_t)n[0], UINT32_C(0xFFFFFFFF));
    } else if (strcmp(verb, "clock") == 0) {
        t->now_ms = (uint32_t)n[0];
    } else if (strcmp(verb, "rx") == 0) {
        const size_t size = read_hex(rest, bytes, sizeof bytes);
        tf_device_receive(&t->device, bytes, size, t->now_ms);
        tf_device_tick(&t->device, t->buttons, t->supply_mv, t->now_ms);
    } else if (strcmp(verb, "b") == 0) {
        t->buttons = (uint8_t)n[0];
    } else if (strcmp(verb, "v") == 0) {
        t->supply_mv = (uint16_t)n[0];
    } else if (strcmp(verb, "built") == 0) {
        t->built.capabilities = (uint8_t)n[0];
    } else if (strcmp(verb, "fail-store") == 0) {
        t->fail_store = n[0] != 0;
    } else if (strcmp(verb, "fail-load") == 0) {
        t->fail_load = n[0] != 0;
    } else if (strcmp(verb, "take") == 0) {
        t->take_most = ((size_t)n[0] < TF_OUTBOX_SIZE) ? (size_t)n[0] : TF_OUTBOX_SIZE;
    } else if (strcmp(verb, "cut") == 0) {
        t->cut_after = (int32_t)n[0];
    } else if (strcmp(verb, "record") == 0) {
        (void)read_hex(&rest[2], t->records[n[0]], TF_RECORD_SIZE);
    } else {
        (void)fprintf(stderr, "no such line: %s\n", verb);
        exit(2);
    }
    print_state(t);
}

/* Lines that ask one pure function. Returns false when verb is none of them. */
static bool ask(bench *t, const char *verb, const char *rest)
{
    static uint8_t bytes[LINE_MOST / 2u];
    long long n[4] = {0, 0, 0, 0};
    (void)sscanf(rest, "%lld %lld %lld %lld", &n[0], &n[1], &n[2], &n[3]);
    if (strcmp(verb, "decode") == 0) {
        decode(t, bytes, read_hex(rest, bytes, sizeof bytes));
    } else if (strcmp(verb, "pixels") == 0) {
        print_pixels(&rest[1]);
    } else if (strcmp(verb, "code") == 0) {
        print_code(&rest[1]);
    } else if (strcmp(verb, "glass") == 0) {
        print_glass(t);
    } else if (strcmp(verb, "step") == 0) {
        (void)fprintf(out, "%d\n", tf_guard_step((int32_t)n[0], (int32_t)n[1], (uint16_t)n[2], (uint32_t)n[3]));
    } else if (strcmp(verb, "age") == 0) {
        const tf_guidance guidance = {.heard_ms = (uint32_t)n[0], .since_heard_ms = (uint16_t)n[1], .age_ms = (uint16_t)n[2]};
        (void)fprintf(out, "%u\n", tf_guard_age_ms(&guidance, (uint32_t)n[3]));
    } else if (strcmp(verb, "hear") == 0) {
        (void)read_hex(strchr(rest, ' ') + 1, bytes, sizeof bytes);
        hear(t, (uint32_t)n[0], bytes);
    } else if (strcmp(verb, "sound") == 0) {
        (void)read_hex(strchr(rest, ' ') + 1, bytes, sizeof bytes);
        sound(t, (uint8_t)n[0], bytes);
    } else if (strcmp(verb, "stores") == 0) {
        (void)fprintf(out, "%u\n", t->stores);
    } else if (strcmp(verb, "unlock") == 0) {
        unlock((uint8_t)n[0]);
    } else if (strcmp(verb, "font") == 0) {
        for (char letter = ' '; letter <= '~'; letter++) {
            if (tf_font_has(letter)) {
                (void)fputc(letter, out);
            }
        }
        (void)fprintf(out, "\n");
    } else {
        return false;
    }
    return true;
}

static void start(bench *t)
{
    (void)memset(t, 0, sizeof *t);
    t->supply_mv = 5000u;
    t->cut_after = -1;
    t->take_most = TF_OUTBOX_SIZE;
    t->now_ms = 1000u;
    t->storage = (tf_storage){load_record, store_record, t};
    (void)memset(t->records, 0xFF, sizeof t->records);
    t->built = (tf_hello){.serial_number = 7u, TF_REFERENCE_BUILD};
}

static void take(bench *t, const char *line)
{
    char verb[16] = "";
    int after = 0;
    (void)sscanf(line, "%15s %n", verb, &after);
    if (!ask(t, verb, &line[after])) {
        run(t, verb, &line[after]);
    }
}

void *table_new(void);
const char *table_answer(void *table, const char *line);
void table_end(void *table);

void *table_new(void)
{
    bench *t = malloc(sizeof *t);
    if (t != NULL) {
        start(t);
        t->answers = open_memstream(&t->answer, &t->answer_size);
    }
    return t;
}

/* The lines of the answer; until the next one. */
const char *table_answer(void *table, const char *line)
{
    bench *t = table;
    rewind(t->answers);
    out = t->answers;
    take(t, line);
    (void)fputc('\0', out);
    (void)fflush(out);
    return t->answer;
}

void table_end(void *table)
{
    bench *t = table;
    (void)fclose(t->answers);
    free(t->answer);
    free(t);
}

int main(void)
{
    static bench t;
    static char line[LINE_MOST + 64u];
    start(&t);
    out = stdout;
    while (fgets(line, sizeof line, stdin) != NULL) {
        take(&t, line);
        (void)fflush(out);
    }
    return 0;
}
