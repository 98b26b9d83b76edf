#include "station/part.h"

#include <string.h>

static const char *const verdicts[] = {
    [PB_VERDICT_PASS] = "ok", [PB_VERDICT_FAIL] = "ng", [PB_VERDICT_UNUSABLE] = "unusable"};
static const char *const labels[] = {"", "good", "defect", "unusable"};
static const char *const steps[] = {"wait", "decode", "features", "score", "store", "total"};

static int find(const char *const *names, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *station_verdict_name(pb_verdict verdict)
{
    return verdicts[verdict];
}

int station_verdict_of(const char *name)
{
    return find(verdicts, 3, name);
}

const char *station_label_name(station_label label)
{
    return labels[label];
}

int station_label_of(const char *name)
{
    return *name ? find(labels, 4, name) : -1;
}

const char *station_step_name(int step)
{
    return steps[step];
}

bool station_id_is_valid(const char *id)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
    const size_t n = strlen(id);
    return n >= 1 && n < STATION_ID_BYTES && strspn(id, letters) == n && !strchr("._:-", id[0]);
}
