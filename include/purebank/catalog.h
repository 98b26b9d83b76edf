/** @file catalog.h
 *  @brief Every method there is, described once: what purifies references, the rules of audits, and what assurance does with a
 *  bank. Whoever lists, labels, compares or draws methods asks here instead of reading their names.
 *  No pointer in this header may be NULL unless it says so. */
#ifndef PUREBANK_CATALOG_H
#define PUREBANK_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <purebank/status.h>

PB_BEGIN_DECLS

/** The method that does nothing, of purification and of assurance: what others are compared with. */
#define PB_METHOD_NONE "none"
/** The audit rule that the studies found best, with features of DINOv3: what backbones without a rule of their own take. */
#define PB_AUDIT_RULE_OF_STUDIES "imgmax_mad"

/** What the studies settled on, and what holds wherever nobody says otherwise: K, the neighbours that a patch's score averages, and q: patches
 *  that score above the q-th percentile are removed; and c, the share of bad references at which methods are compared. Numbers alone, since texts of options are made of them. */
#define PB_DEFAULT_K 5
#define PB_DEFAULT_PERCENTILE 95
#define PB_DEFAULT_CONTAMINATION 0.3

typedef enum pb_method_kind {
    PB_METHOD_PURIFICATION, /**< clears patches of references: purify.h */
    PB_METHOD_AUDIT,        /**< ranks and flags whole references: audit.h */
    PB_METHOD_ASSURANCE     /**< acts on what one detector's audit says: experiment.h */
} pb_method_kind;

/** What the method goes by. */
typedef enum pb_method_family {
    PB_FAMILY_CONTROL,      /**< what others are compared with: nothing, chance, the truth */
    PB_FAMILY_DISTANCE,     /**< how far patches lie from those of other images */
    PB_FAMILY_DENSITY,      /**< how thin their surroundings are */
    PB_FAMILY_DISTRIBUTION, /**< how they lie in the distribution of all patches */
    PB_FAMILY_ISOLATION,    /**< how soon random splits isolate them */
    PB_FAMILY_COMBINED,     /**< several of these */
    PB_FAMILY_ADAPTIVE,     /**< a test of the image scores decides whether anything is removed */
    PB_FAMILY_AUDIT,        /**< whole images, by their patches */
    PB_FAMILY_BASELINE      /**< whole images, by their mean patch alone */
} pb_method_family;

/** What a method asks for beside the references' distances to each other: flags. The first two must be told by somebody; the
 *  others say what studies compute once for all cells that need it; a method whose row lacks one computes it itself, for each
 *  set. */
typedef enum pb_method_needs {
    PB_NEEDS_NOTHING = 0,
    PB_NEEDS_SHARE = 1,  /**< the expected share of bad images: at 0 nothing is removed */
    PB_NEEDS_TRUTH = 2,  /**< which images are bad: for studies, where that is known */
    PB_NEEDS_COSINE = 4, /**< distances by cosine */
    PB_NEEDS_SPREAD = 8, /**< mean and covariance of all patches */
    PB_NEEDS_AROUND = 16 /**< neighbours in a patch's own image, too */
} pb_method_needs;

/** Parameters that change what a method does: flags. Their defaults stand in the options that take them. */
typedef enum pb_method_takes {
    PB_TAKES_NOTHING = 0,
    PB_TAKES_PERCENTILE = 1, /**< q: what scores above the q-th percentile goes */
    PB_TAKES_SEED = 2,       /**< it draws at random */
    PB_TAKES_MULTIPLIER = 4  /**< of the median absolute deviation, in an audit's limit */
} pb_method_takes;

/** "control", "distance", ...: the family in a word; and so for one flag of needs ("share") and of takes ("percentile"). "unknown" for anything
 *  else. */
PB_API const char *pb_method_family_name(pb_method_family family);
PB_API const char *pb_method_need_name(pb_method_needs flag);
PB_API const char *pb_method_parameter_name(pb_method_takes flag);

/** Lists of methods, by which runs, statistics and figures choose. */
typedef enum pb_method_list {
    PB_LIST_FAST,
    PB_LIST_CORE,
    PB_LIST_EXTENDED,
    PB_LIST_FEW_REFERENCES, /**< the run with five references */
    PB_LIST_PERCENTILE,     /**< the percentile on all categories */
    PB_LIST_PIXEL,          /**< pixel metrics */
    PB_LIST_IMAGE_LEVEL,    /**< audits, and what they are compared with */
    PB_LIST_ASSURANCE,
    PB_LIST_RANKING, /**< what the published statistics rank, besides audits */
    PB_LIST_FIGURES, /**< what the studies' figures show, as far as it occurs */
    PB_N_METHOD_LISTS
} pb_method_list;

typedef enum pb_assurance_action {
    PB_ASSURE_KEEP,
    PB_ASSURE_REMOVE,
    PB_ASSURE_RECAPTURE,
    PB_ASSURE_ORACLE
} pb_assurance_action;

enum { PB_METHOD_MULTIPLIERS = 3 };

/** One method. Texts are never NULL, but for `audit_rule`. */
typedef struct pb_method {
    size_t size;      /**< sizeof(pb_method) of whoever filled it in */
    const char *name; /**< "loo_patch", as files and options have it */
    /** "LOO", as people read it. Within purification and audits, and within assurance, no two share one. */
    const char *label;
    const char *summary; /**< one line */
    pb_method_kind kind;
    pb_method_family family;
    unsigned needs, takes;
    double multiplier;                                   /**< of audits that take one: the default; else 0 */
    double published_multipliers[PB_METHOD_MULTIPLIERS]; /**< those that the studies tried */
    int64_t n_published_multipliers;
    const char *audit_rule; /**< of assurance: what ranks and flags; else NULL */
    pb_assurance_action action;
    int64_t
        knn_k; /**< of audits: how many neighbours a patch's score averages; 0: as many as the references were examined with */
    uint8_t place[PB_N_METHOD_LISTS]; /**< 1, 2, ... in lists that have it, else 0; equal places by name's row */
} pb_method;

/** All methods of a kind, in the order of tables; those registered later (purify.h) come last. A method that was seen here
 *  stays where it is; the number of methods may grow.
 *  @param out_n never NULL */
PB_API const pb_method *const *pb_methods(pb_method_kind kind, int64_t *out_n);

/** The method of that kind; NULL where there is none. @param name never NULL */
PB_API const pb_method *pb_method_find(pb_method_kind kind, const char *name);

/** The method that a row of results names: a purification, else what assurance does, else an audit's rule; NULL: none. A few
 *  names occur as two kinds and mean the same there. @param name never NULL */
PB_API const pb_method *pb_method_of_results(const char *name);

/** What people read: the label of the method of that kind; the name where there is none. @param name never NULL */
PB_API const char *pb_method_label(pb_method_kind kind, const char *name);

/** The methods of a list in its order.
 *  @param out room for `capacity` pointers; may be NULL where that is 0
 *  @return how many the list has; no more than `capacity` are written */
PB_API int64_t pb_methods_listed(pb_method_list list, const pb_method **out, int64_t capacity);

/** Does the method know which images are bad, or how many? Nobody does who commissions a station. @param method never NULL */
PB_API bool pb_method_is_told(const pb_method *method);

PB_END_DECLS

#endif
