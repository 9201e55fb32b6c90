/* The device's two records in the Pico's flash: each in 256 KiB of its own, one page after another, so that nothing is erased while it runs. */
#ifndef FLASH_STORE_H
#define FLASH_STORE_H

#include "tuffier_device.h"

/* Finds the newest record of both slots; erases the older one's area where it is nearly full. Before the main loop: an erase may take a second,
 * during which calm() is called often. */
void flash_store_start(void (*calm)(void));

extern const tf_storage flash_store;

#endif
