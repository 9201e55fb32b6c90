/* Vectors and start-up of the RP2040. */
#include <stdint.h>

extern uint32_t image_from[];
extern uint32_t image_start[];
extern uint32_t image_end[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];
extern uint32_t stack_top[];

typedef void (*handler)(void);

int main(void);
void reset_handler(void);
void hang(void);
void systick_handler(void);
void usb_handler(void);
void uart0_handler(void);
void i2c0_handler(void);

/* A fault ends here, and the watchdog ends that. */
void hang(void)
{
    for (;;) {
    }
}

__attribute__((section(".vectors"), used, aligned(256))) static const handler vectors[16 + 26] = {
    [0] = (handler)stack_top, [1] = reset_handler,         [2] = hang,
    [3] = hang,               [11] = hang,                 [14] = hang,
    [15] = systick_handler,   [16 + 5] = usb_handler,      [16 + 20] = uart0_handler,   [16 + 23] = i2c0_handler,
};

/* What boot2 finds in flash. */
__attribute__((section(".first_vectors"), used)) static const handler first_vectors[2] = {(handler)stack_top, reset_handler};

/* In flash, and calls nothing before RAM is filled: volatile keeps the loops from becoming a memcpy, which is not there yet. */
__attribute__((section(".entry"))) void reset_handler(void)
{
    const volatile uint32_t *from = image_from;
    for (volatile uint32_t *to = image_start; to < image_end; to++) {
        *to = *from;
        from++;
    }
    for (volatile uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0u;
    }
    *(volatile uint32_t *)(uintptr_t)0xE000ED08u = (uint32_t)(uintptr_t)vectors;
    int (*volatile start)(void) = main; /* further away than a plain call reaches */
    (void)start();
    for (;;) {
    }
}
