/* Versions of banks on disk: file, row, and what is in memory change together. */
#ifndef PB_STATION_VERSIONS_H
#define PB_STATION_VERSIONS_H

#include "station/banks.h"

/* Writes a bank as the next version of its product and makes it the active one on disk: the file first, then its row. Fills
 * in version, sha256, counts, threshold and bound of *version; the rest is the caller's. */
pb_status station_version_save(const station_banks *banks, station_db *writer, const pb_bank *bank,
                               station_version *version);
/* Keeps photos of the bank's references that are where the bank says: FOLDER/<sha256>. Those that are not are left out. */
pb_status station_references_keep(const char *folder, const pb_bank *bank);

#endif
