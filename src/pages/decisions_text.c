#include "pages/decisions_text.h"

#include <stdio.h>

#include "audit/audit.h"
#include "bank/decisions.h"
#include "base/memory.h"
#include "io/json.h"
#include "io/json_fields.h"

/* The digest given, else that of the file now, else, where it cannot be read, "". */
static pb_status digest_of(const pb_audit_report *content, int64_t i, char hex[65])
{
    hex[0] = '\0';
    if (content->sha256) {
        snprintf(hex, 65, "%s", content->sha256[i]);
        return PB_STATUS_OK;
    }
    const pb_status status = pb_sha256_file(content->paths[i], hex);
    return status == PB_STATUS_IO ? PB_STATUS_OK : status;
}

static pb_status image_object(const pb_audit_report *content, int64_t i, json_t **out)
{
    char hex[65];
    PB_TRY(digest_of(content, i, hex));
    *out = json_pack("{s:o, s:s, s:s}", "path", pb_json_lossy_string(content->paths[i]), "sha256", hex, "decision",
                     pb_decision_name(content->audit->images[i].decision));
    return *out ? PB_STATUS_OK : pb_fail(PB_STATUS_NO_MEMORY, "out of memory for the decisions of the report");
}

static pb_status add_images(const pb_audit_report *content, json_t *images)
{
    for (int64_t i = 0; i < content->audit->n_images; i++) {
        json_t *image;
        PB_TRY(image_object(content, i, &image));
        if (json_array_append_new(images, image) != 0)
            return pb_fail(PB_STATUS_NO_MEMORY, "out of memory for the decisions of the report");
    }
    return PB_STATUS_OK;
}

pb_status pb_decisions_text(const pb_audit_report *content, char **out)
{
    json_t *root =
        json_pack("{s:s, s:i, s:s, s:f, s:[]}", "format", PB_DECISIONS_FORMAT, "version", PB_DECISIONS_VERSION, "rule",
                  content->audit->rule, "multiplier", content->audit->multiplier, "images");
    if (!root)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory for the decisions of the report");
    pb_status status = add_images(content, json_object_get(root, "images"));
    if (status == PB_STATUS_OK)
        status = pb_json_text(root, out);
    json_decref(root);
    return status;
}
