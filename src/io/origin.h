/* The JSON form of pb_origin, as it stands in `<stem>.origin.json` and in banks. */
#ifndef PB_IO_ORIGIN_H
#define PB_IO_ORIGIN_H

#include <jansson.h>

#include <purebank/features.h>

/* A new object with every field of `origin`; free with json_decref(). */
pb_status pb_origin_to_json(const pb_origin *origin, json_t **out);

/* All fields are needed, others are ignored; `name` stands for the file in messages. */
pb_status pb_origin_from_json(const json_t *object, const char *name, pb_origin *out);

/* pb_features_load() for a file whose origin stands elsewhere than beside it; grid and dim must fit the file. */
pb_status pb_features_load_known(const char *path, const pb_origin *origin, pb_features **out);

#endif
