/* Says again to a table (main.c as a library) what tests once said, and names the parts that are answered otherwise:
 * replay LIBRARY FILE MOST < numbers of parts, in the order to try them.
 *
 * FILE: for each part "SAID ANSWERED\n" (sizes in bytes), then both. A crash or an endless loop is an answer too. Ends at the MOST-th part that
 * differs. For tests/wire/mutate.py.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARTS_MOST 20000u
#define CPU_MOST_US 500000 /* of one part */

typedef struct {
    char *said;
    char *answered;
} part;

static part parts[PARTS_MOST];
static size_t asked[PARTS_MOST];
static void *(*table_new)(void);
static const char *(*table_answer)(void *table, const char *line);
static void (*table_end)(void *table);

static char *read_text(FILE *file, size_t size)
{
    char *text = calloc(1u, size + 1u);
    if ((text == NULL) || (fread(text, 1u, size, file) != size)) {
        exit(2);
    }
    return text;
}

static size_t read_parts(const char *path)
{
    size_t count = 0u;
    size_t said = 0u;
    size_t answered = 0u;
    FILE *file = fopen(path, "rb");
    while ((file != NULL) && (count < PARTS_MOST) && (fscanf(file, "%zu %zu", &said, &answered) == 2)) {
        (void)fgetc(file);
        parts[count].said = read_text(file, said);
        parts[count].answered = read_text(file, answered);
        count++;
    }
    return count;
}

static void open_library(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    if (library == NULL) {
        (void)fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    *(void **)&table_new = dlsym(library, "table_new");
    *(void **)&table_answer = dlsym(library, "table_answer");
    *(void **)&table_end = dlsym(library, "table_end");
}

static bool differs(const part *p)
{
    const struct itimerval least = {{0, 0}, {0, CPU_MOST_US}};
    void *table = table_new();
    const char *expected = p->answered;
    bool same = true;
    (void)setitimer(ITIMER_PROF, &least, NULL);
    for (char *line = p->said; same && (*line != '\0');) {
        char *end = strchr(line, '\n');
        *end = '\0';
        const char *told = table_answer(table, line);
        const size_t size = strlen(told);
        same = strncmp(told, expected, size) == 0;
        expected = &expected[size];
        *end = '\n';
        line = &end[1];
    }
    table_end(table);
    return !same;
}

/* Never returns. What differs goes to `pipe`, and before each part its place in `asked`, so that the parent knows where a crash was. */
static void try_from(size_t first, size_t count, int to)
{
    for (size_t i = first; i < count; i++) {
        const uint32_t begun = (uint32_t)i;
        (void)!write(to, &begun, sizeof begun);
        if (differs(&parts[asked[i]])) {
            const uint32_t found = UINT32_C(0xFFFFFFFF);
            (void)!write(to, &found, sizeof found);
        }
    }
    _exit(0);
}

/* One child's parts. Returns where to go on. */
static size_t watch_from(size_t first, size_t count, unsigned long *left)
{
    int ends[2];
    int status = 0;
    uint32_t at = (uint32_t)first;
    uint32_t heard = 0u;
    (void)fflush(stdout);
    if (pipe(ends) != 0) {
        exit(2);
    }
    const pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        try_from(first, count, ends[1]);
    }
    (void)close(ends[1]);
    bool told = false;
    while ((*left > 0u) && (read(ends[0], &heard, sizeof heard) == (ssize_t)sizeof heard)) {
        if (heard == UINT32_C(0xFFFFFFFF)) {
            (void)printf("%zu\n", asked[at]);
            (*left)--;
            told = true;
        } else {
            at = heard;
            told = false;
        }
    }
    (void)close(ends[0]);
    if (*left == 0u) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
        return count;
    }
    (void)waitpid(child, &status, 0);
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0)) {
        return count;
    }
    if (!told) {
        (void)printf("%zu\n", asked[at]);
        (*left)--;
    }
    return at + 1u;
}

int main(int words, char **word)
{
    if (words != 4) {
        return 2;
    }
    open_library(word[1]);
    const size_t known = read_parts(word[2]);
    unsigned long left = strtoul(word[3], NULL, 10);
    size_t count = 0u;
    size_t number = 0u;
    while ((count < PARTS_MOST) && (scanf("%zu", &number) == 1) && (number < known)) {
        asked[count] = number;
        count++;
    }
    for (size_t at = 0u; (at < count) && (left > 0u);) {
        at = watch_from(at, count, &left);
    }
    return (known > 0u) ? 0 : 2;
}
