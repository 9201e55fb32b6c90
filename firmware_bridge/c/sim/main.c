/* The simulated device: the C core on a pty. Its buttons, supply and clock are lines on stdin; what it shows and says is lines on stdout.
 *
 * In:  press B, release B (arm lock procedure side), supply MV, clock +MS (the clock jumps), hang MS (the loop stalls),
 *      cut N (power goes after N more stored bytes), reset, pixels, quit. End of input ends it.
 * Out: port PATH; screen MS SHOWN POINTING_MS TURN_MS TEXT(126), TURN_MS since it had looked last; servo MS US; status HEX (each Status said); log HEX; cut;
 *      guided NS ID (a Guidance was decoded, CLOCK_MONOTONIC); pixels HEX (128 x 64, a bit each).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tuffier_device.h"
#include "tuffier_font.h"
#include "tuffier_reference.h"

static const char *const button_names[TF_BUTTON_COUNT] = {"arm", "lock", "procedure", "side"};

typedef struct {
    tf_device device;
    tf_storage storage;
    tf_hello built;
    const char *record_path; /* two records, one after the other */
    int32_t cut_after;       /* bytes until the power goes; -1: never */
    int port;
    uint8_t buttons;
    uint16_t supply_mv;
    uint32_t clock_offset_ms;
    uint32_t turned_ms; /* the last tick: on a busy machine the next one may come late */
    char drawn[TF_SCREEN_ROWS * TF_SCREEN_COLUMNS];
    uint8_t drawn_kind;
    uint16_t servo_us;
    tf_decoder said; /* reads back what the device sends, to print it */
    uint8_t unsent[4096];
    size_t unsent_size;
} sim;

static uint64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000000000u) + (uint64_t)now.tv_nsec;
}

static uint32_t clock_ms(const sim *s)
{
    return (uint32_t)(clock_ns() / 1000000u) + s->clock_offset_ms;
}

static bool load_record(void *context, uint8_t slot, uint8_t *record, size_t size)
{
    const sim *s = context;
    const int file = open(s->record_path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT; /* a new device: blank */
    }
    (void)pread(file, record, size, (off_t)(slot * size)); /* what is not there stays 0xFF */
    (void)close(file);
    return true;
}

static bool store_record(void *context, uint8_t slot, const uint8_t *record, size_t size)
{
    sim *s = context;
    const int file = open(s->record_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return false;
    }
    const bool cut = (s->cut_after >= 0) && ((size_t)s->cut_after < size);
    const size_t written = cut ? (size_t)s->cut_after : size;
    /* Flash is erased before it is written. */
    uint8_t erased[TF_RECORD_SIZE];
    (void)memset(erased, 0xFF, sizeof erased);
    bool good = pwrite(file, erased, size, (off_t)(slot * size)) == (ssize_t)size;
    good = (pwrite(file, record, written, (off_t)(slot * size)) == (ssize_t)written) && good;
    (void)close(file);
    if (cut) {
        (void)printf("cut\n");
        (void)fflush(stdout);
        _exit(3);
    }
    return good;
}

static void boot(sim *s)
{
    uint32_t seed = (uint32_t)getpid() ^ clock_ms(s);
    const int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (random >= 0) {
        (void)read(random, &seed, sizeof seed);
        (void)close(random);
    }
    tf_device_boot(&s->device, &s->built, &s->storage, seed, 0u, s->buttons, clock_ms(s));
}

static uint8_t button_bit(const char *name)
{
    for (uint8_t i = 0u; i < TF_BUTTON_COUNT; i++) {
        if (strcmp(name, button_names[i]) == 0) {
            return (uint8_t)(1u << i);
        }
    }
    return 0u;
}

static void print_pixels(const sim *s)
{
    tf_pixels pixels;
    tf_display_pixels(&s->device.screen, &pixels);
    (void)printf("pixels ");
    for (size_t i = 0u; i < sizeof pixels.rows; i++) {
        (void)printf("%02x", (&pixels.rows[0][0])[i]);
    }
    (void)printf("\n");
}

/* Returns false when the simulator should end. */
static bool obey(sim *s, const char *line)
{
    char verb[16] = "";
    char word[16] = "";
    (void)sscanf(line, "%15s %15s", verb, word);
    if (strcmp(verb, "press") == 0) {
        s->buttons |= button_bit(word);
    } else if (strcmp(verb, "release") == 0) {
        s->buttons &= (uint8_t)~button_bit(word);
    } else if (strcmp(verb, "supply") == 0) {
        s->supply_mv = (uint16_t)strtoul(word, NULL, 10);
    } else if (strcmp(verb, "clock") == 0) {
        s->clock_offset_ms += (uint32_t)strtol(word, NULL, 10);
    } else if (strcmp(verb, "hang") == 0) {
        (void)usleep((useconds_t)strtoul(word, NULL, 10) * 1000u);
    } else if (strcmp(verb, "cut") == 0) {
        s->cut_after = (int32_t)strtol(word, NULL, 10);
    } else if (strcmp(verb, "reset") == 0) {
        boot(s);
    } else if (strcmp(verb, "pixels") == 0) {
        print_pixels(s);
    } else {
        return strcmp(verb, "quit") != 0;
    }
    return true;
}

static bool read_commands(sim *s)
{
    static char line[128];
    static size_t length;
    char bytes[256];
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) {
        return false;
    }
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] != '\n') {
            if (length < (sizeof line - 1u)) {
                line[length] = bytes[i];
                length++;
            }
            continue;
        }
        line[length] = '\0';
        length = 0u;
        if (!obey(s, line)) {
            return false;
        }
    }
    return true;
}

static void print_said(sim *s, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0u; i < size; i++) {
        if (tf_decoder_push(&s->said, bytes[i]) != TF_RECEIVED_PACKET) {
            continue;
        }
        const uint8_t id = s->said.packet[0];
        if ((id != TF_STATUS_ID) && (id != TF_LOG_ID)) {
            continue;
        }
        (void)printf("%s ", (id == TF_STATUS_ID) ? "status" : "log");
        for (size_t k = 0u; k < s->said.size; k++) {
            (void)printf("%02x", s->said.packet[k]);
        }
        (void)printf("\n");
    }
}

static void send_bytes(sim *s)
{
    if (s->unsent_size == 0u) {
        s->unsent_size = tf_device_take(&s->device, s->unsent, sizeof s->unsent);
        print_said(s, s->unsent, s->unsent_size);
    }
    if (s->unsent_size == 0u) {
        return;
    }
    const ssize_t sent = write(s->port, s->unsent, s->unsent_size);
    if (sent > 0) {
        s->unsent_size -= (size_t)sent;
        (void)memmove(s->unsent, &s->unsent[sent], s->unsent_size);
    }
}

static void show(sim *s)
{
    const tf_display *screen = &s->device.screen;
    if ((screen->shown != s->drawn_kind) || (memcmp(screen->rows, s->drawn, sizeof s->drawn) != 0)) {
        (void)memcpy(s->drawn, screen->rows, sizeof s->drawn);
        s->drawn_kind = screen->shown;
        const uint32_t now_ms = clock_ms(s);
        (void)printf("screen %u %u %u %u %.*s\n", now_ms, screen->shown, s->device.guard.fed_ms, now_ms - s->turned_ms, (int)sizeof s->drawn,
                     s->drawn);
    }
    if (tf_device_servo_us(&s->device) != s->servo_us) {
        s->servo_us = tf_device_servo_us(&s->device);
        (void)printf("servo %u %u\n", clock_ms(s), s->servo_us);
    }
    (void)fflush(stdout);
}

static int open_port(int *kept_open)
{
    struct termios raw;
    const int port = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if ((port < 0) || (grantpt(port) != 0) || (unlockpt(port) != 0)) {
        return -1;
    }
    /* Our own hold on the other end: without one, reading fails whenever the host has closed it. */
    *kept_open = open(ptsname(port), O_RDWR | O_NOCTTY | O_CLOEXEC);
    if ((*kept_open < 0) || (tcgetattr(*kept_open, &raw) != 0)) {
        return -1;
    }
    cfmakeraw(&raw);
    return (tcsetattr(*kept_open, TCSANOW, &raw) == 0) ? port : -1;
}

static void receive(sim *s, const uint8_t *bytes, size_t size)
{
    const uint32_t before = s->device.guard.last_frame_id;
    tf_device_receive(&s->device, bytes, size, clock_ms(s));
    if (s->device.guard.last_frame_id != before) {
        (void)printf("guided %llu %u\n", (unsigned long long)clock_ns(), s->device.guard.last_frame_id);
    }
}

int main(int count, char **arguments)
{
    static sim s;
    int kept_open = -1;
    s.record_path = (count > 1) ? arguments[1] : "/dev/null";
    s.cut_after = -1;
    s.supply_mv = 5000u;
    s.storage = (tf_storage){load_record, store_record, &s};
    s.built = (tf_hello){.serial_number = 1u, TF_REFERENCE_BUILD};
    s.port = open_port(&kept_open);
    if (s.port < 0) {
        perror("no pty");
        return 1;
    }
    (void)printf("port %s\n", ptsname(s.port));
    boot(&s);
    s.turned_ms = clock_ms(&s);
    for (;;) {
        struct pollfd waiting[2] = {{.fd = s.port, .events = POLLIN, .revents = 0}, {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
        (void)poll(waiting, 2u, 2);
        if (((waiting[1].revents & (POLLIN | POLLHUP)) != 0) && !read_commands(&s)) {
            return 0;
        }
        uint8_t bytes[512];
        const ssize_t got = read(s.port, bytes, sizeof bytes);
        if (got > 0) {
            receive(&s, bytes, (size_t)got);
        }
        const uint32_t now_ms = clock_ms(&s);
        tf_device_tick(&s.device, s.buttons, s.supply_mv, now_ms);
        send_bytes(&s);
        show(&s);
        s.turned_ms = now_ms;
    }
}
