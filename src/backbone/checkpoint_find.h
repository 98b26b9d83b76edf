/* Names of checkpoints: where they are looked for, and what to tell when they are not there. */
#ifndef PB_BACKBONE_CHECKPOINT_FIND_H
#define PB_BACKBONE_CHECKPOINT_FIND_H

#include <stddef.h>

#include <purebank/backbone.h>

/* The folder that `name` stands for: a path, or a name ("ORG/MODEL" or "MODEL") looked up in $PB_BACKBONES, in the
 * Hugging Face cache and in ./backbones. When there is none the message says which files to get and where to put them.
 * Free *out_folder with pb_free(). */
pb_status pb_checkpoint_find(const char *name, char **out_folder);

/* pb_backbone_search(). */
pb_status pb_checkpoint_visit(pb_backbone_visit visit, void *context);

/* "the Hugging Face repository facebook/dinov2-large", as far as a name or a folder lets guess. */
void pb_checkpoint_guess_repository(const char *name, char *out, size_t size);

#endif
