/* A plugin of qemu-user: counts the instructions that ran, and writes the count down at each getppid. Declarations: QEMU 7.2's plugin interface 1. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
enum { INLINE_ADD_U64 = 0, AARCH64_GETPPID = 173 };

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
typedef void (*translated_cb)(plugin_id, struct qemu_plugin_tb *);
typedef void (*syscall_cb)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translated_cb);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern void qemu_plugin_register_vcpu_syscall_cb(plugin_id, syscall_cb);

EXPORT int qemu_plugin_version = 1;

static uint64_t counted; /* of all threads: the path has one */
static FILE *marks;

static void translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, INLINE_ADD_U64, &counted, qemu_plugin_tb_n_insns(block));
}

static void called(plugin_id id, unsigned cpu, int64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g,
                   uint64_t h)
{
    (void)id, (void)cpu, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    if (number == AARCH64_GETPPID) {
        fprintf(marks, "%" PRIu64 "\n", counted);
        fflush(marks);
    }
}

EXPORT int qemu_plugin_install(plugin_id id, const void *machine, int count, char **options)
{
    (void)machine;
    if (count != 1 || strncmp(options[0], "out=", 4) != 0) {
        return -1;
    }
    marks = fopen(options[0] + 4, "w");
    if (marks == NULL) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
