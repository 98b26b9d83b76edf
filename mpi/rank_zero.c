#include "rank_zero.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "terminal.h"

pb_status rank_zero_note_item(rank_zero *zero, const pb_bytes *message)
{
    pb_bytes_reader reader = pb_bytes_read(message);
    const char *name;
    PB_TRY(pb_bytes_take_text(&reader, &name));
    snprintf(zero->item, sizeof zero->item, "%s", name);
    return PB_STATUS_OK;
}

static bool read_boot(char *out, size_t size)
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file)
        return false;
    const bool read = fgets(out, (int)size, file);
    (void)fclose(file);
    out[strcspn(out, "\n")] = 0;
    return read;
}

const char *rank_zero_place(void)
{
    static char place[RANK_PLACE_BYTES];
    char boot[RANK_PLACE_BYTES / 2] = "", numbers[RANK_PLACE_BYTES / 2 - 1] = "";
    if (!place[0] && read_boot(boot, sizeof boot) && readlink("/proc/self/ns/pid", numbers, sizeof numbers - 1) > 0)
        snprintf(place, sizeof place, "%s %s", boot, numbers);
    return place;
}

bool rank_zero_has_died(const rank_zero *zero)
{
    return zero->process > 0 && zero->place[0] && strcmp(zero->place, rank_zero_place()) == 0 &&
           kill((pid_t)zero->process, 0) != 0 && errno == ESRCH;
}

void rank_zero_say_lost(const rank_zero *zero, const char *item, bool is_through, const char *host)
{
    char own[PB_WORK_NAME_BYTES + PEER_HOST_BYTES + 64] = "";
    if (*item)
        snprintf(own, sizeof own, ", and rank %d on %s was %s %s", ranks_mine(), host,
                 is_through ? "through with" : "computing", item);
    cli_unmute();
    if (*zero->item)
        cli_warn("rank 0 on %s has died; it was computing %s%s. Nothing is damaged: run the same command again",
                 zero->host, zero->item, own);
    else
        cli_warn("rank 0 on %s has died%s. Nothing is damaged: run the same command again", zero->host, own);
}
