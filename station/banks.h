/* The banks of a station in memory: one active version a product, and the backbones that they share. */
#ifndef PB_STATION_BANKS_H
#define PB_STATION_BANKS_H

#include <purebank/backbone.h>
#include <purebank/bank.h>

#include "station/photos.h"

typedef struct station_backbone station_backbone;

/* A version of a product's bank. Counted: whoever holds one may use it, even after another has become active. */
typedef struct station_bank {
    _Atomic int holders;
    char product[STATION_NAME_BYTES];
    int64_t version;
    pb_bank *bank;
    station_backbone *backbone; /* borrowed from the banks */
} station_bank;

typedef struct station_banks station_banks;

/* @param folder of the banks; borrowed
 *  @param config borrowed: its products */
pb_status station_banks_new(const char *folder, const station_config *config, station_banks **out);
void station_banks_free(station_banks *banks);

/* "FOLDER/product/7.bank". */
pb_status station_banks_path(const station_banks *banks, const char *product, int64_t version,
                             char out[STATION_PATH_BYTES]);
/* Loads a version from its file, which must have the digest that is known of it. What happens to the file afterwards changes nothing.
 * @param out release with station_bank_release()
 * @return PB_STATUS_MISMATCH for a file that has been replaced */
pb_status station_banks_load(station_banks *banks, const char *product, int64_t version, const char *sha256,
                             station_bank **out);
/* Makes a loaded version the active one; takes a hold of its own. */
void station_banks_activate(station_banks *banks, station_bank *bank);
/* The active version of a product, held; NULL where there is no such product, or nothing judges its parts. */
station_bank *station_banks_active(station_banks *banks, const char *product);
void station_bank_release(station_bank *bank);

enum { STATION_TROUBLE_BYTES = 512 };
/* Nothing judges the parts of a product, until a version is activated; why is told to who asks. */
void station_banks_fail(station_banks *banks, const char *product, const char *why);
/* Is there such a product, and nothing judges its parts? @param why STATION_TROUBLE_BYTES; "" where that is not so */
bool station_banks_trouble(station_banks *banks, const char *product, char *why);

/* Have all active banks the built-in backbone, which costs nothing to open several times? */
bool station_banks_are_light(station_banks *banks);
int64_t station_banks_n_backbones(station_banks *banks);

/* A handle of the bank's backbone, for one thread, set up for the bank. Networks have one, for which others wait. */
pb_status station_backbone_take(const station_bank *bank, pb_backbone **out);
void station_backbone_give(const station_bank *bank, pb_backbone *handle);

#endif
