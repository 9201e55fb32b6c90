/* Vectors and start-up of the LM3S6965. */
#include <stdint.h>

extern uint32_t data_from[];
extern uint32_t data_start[];
extern uint32_t data_end[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];
extern uint32_t stack_top[];

int main(void);
void reset_handler(void);
void hang(void);
void systick_handler(void);
void uart0_handler(void);
void watchdog_handler(void);
void timer0_handler(void);

void reset_handler(void)
{
    const uint32_t *from = data_from;
    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from;
        from++;
    }
    for (uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0u;
    }
    (void)main();
    hang();
}

/* A fault ends here, and the watchdog ends that. */
void hang(void)
{
    for (;;) {
    }
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const handler vectors[16 + 20] = {
    [0] = (handler)stack_top, [1] = reset_handler, [2] = hang,
    [3] = hang,               [4] = hang,          [5] = hang,
    [6] = hang,               [11] = hang,         [12] = hang,
    [14] = hang,              [15] = systick_handler, [16 + 5] = uart0_handler,
    [16 + 18] = watchdog_handler, [16 + 19] = timer0_handler,
};
