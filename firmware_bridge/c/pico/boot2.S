/* The first 256 bytes of flash: the boot ROM copies them to RAM, checks their CRC-32 (the last 4 bytes, filled in by firmware_bridge/uf2.py)
 * and calls them. They let the flash be read at 0x10000000 by the plain read command (03h), which every chip knows, and go on at 0x10000100.
 * Registers: RP2040 datasheet 4.10 (SSI) and 2.8.1 (boot).
 */
.syntax unified
.cpu cortex-m0plus
.thumb

.equ SSI, 0x18000000
.equ SSI_CTRLR0, 0x00
.equ SSI_CTRLR1, 0x04
.equ SSI_SSIENR, 0x08
.equ SSI_BAUDR, 0x14
.equ SSI_SPI_CTRLR0, 0xf4
.equ VTOR, 0xe000ed08
.equ VECTORS, 0x10000100

.section .boot2, "ax"
.thumb_func
.global boot2
boot2:
    ldr r4, =SSI
    movs r0, #0
    str r0, [r4, #SSI_SSIENR]
    str r0, [r4, #SSI_CTRLR1]           /* one word a read */
    movs r0, #4
    str r0, [r4, #SSI_BAUDR]            /* a quarter of the system's clock: 12 MHz at 48 */
    ldr r0, =(31 << 16) | (3 << 8)      /* 32 bits; a command, then data */
    str r0, [r4, #SSI_CTRLR0]
    ldr r0, =(0x03 << 24) | (2 << 8) | (6 << 2) /* read: 8 bits of command, 24 of address, all on one line */
    movs r1, #SSI_SPI_CTRLR0
    str r0, [r4, r1]
    movs r0, #1
    str r0, [r4, #SSI_SSIENR]
    ldr r0, =VECTORS
    ldr r1, =VTOR
    str r0, [r1]
    ldr r1, [r0]
    mov sp, r1
    ldr r1, [r0, #4]
    bx r1
    .ltorg
