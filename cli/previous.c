#include "previous.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/path.h"

static bool is_bank(const char *path)
{
    pb_error before;
    pb_bank *bank = NULL;
    pb_error_save(&before);
    const bool loads = pb_bank_load(path, &bank) == PB_STATUS_OK;
    pb_bank_free(bank);
    pb_error_restore(&before);
    return loads;
}

static pb_status copy(const char *from, const char *to)
{
    pb_file_map map;
    PB_TRY(pb_file_map_open(from, &map));
    const pb_status status = pb_file_write(to, map.bytes, map.size);
    pb_file_map_close(&map);
    return status;
}

pb_status cli_keep_previous_bank(const char *path)
{
    char *previous;
    const size_t size = strlen(path) + sizeof ".previous";
    if (!pb_path_exists(path) || !is_bank(path))
        return PB_STATUS_OK;
    PB_TRY(PB_NEW(previous, size));
    snprintf(previous, size, "%s.previous", path);
    const pb_status status =
        pb_path_exists(previous) && !is_bank(previous)
            ? pb_fail(PB_STATUS_OUTPUT, "%s would be replaced by the bank of before, but is no bank: move it away",
                      previous)
            : copy(path, previous);
    pb_free(previous);
    return status;
}
