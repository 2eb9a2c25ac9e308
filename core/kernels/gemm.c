#include "kernels/gemm.h"

#include "base/pool.h"
#include "kernels/tiles.h"

/* Panels that a task keeps in the second-level cache while the rows of A go by. */
#define GROUP_PANELS  CW_TILE_MAX_PANELS
#define GROUP_COLUMNS (GROUP_PANELS * CW_PANEL_COLUMNS)

/* Lines of a panel that are multiplied at once, so that four panels take 256 KiB at most. Not for
 * int8, whose sums cannot be put down halfway and whose panels are small. */
#define DEPTH_LINES 1024

/* Fewer rows than this are not worth a task of their own. */
#define TASK_ROWS 48

/* Tasks for each thread: enough that one which is taken off its CPU leaves little behind. */
#define TASKS_PER_THREAD 4

typedef struct {
    const CwGemm *gemm;
    const CwTileKernels *kernels;
    size_t n_threads;
    size_t n_groups, n_tasks; /* groups of panels; tasks, across and then down */
    size_t task_rows;
} Work;

/* Some rows of A against a group of panels over a stretch of the depth. */
typedef struct {
    size_t first_row, n_rows;
    size_t first_panel, n_panels;
    size_t first_line, n_lines;
    const char *ahead; /* what is wanted next: a piece of it is fetched with every tile */
    size_t ahead_step; /* bytes for each line that is multiplied */
} Stretch;

static size_t
divide_up(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

static void
run_tiles(const Work *work, Stretch *stretch, size_t row, size_t n_rows)
{
    const CwGemm *g = work->gemm;
    const CwPackedMatrix *w = g->w;
    const size_t panel_bytes = w->n_groups * CW_LINE_BYTES;
    const char *lines = (const char *)w->panels + stretch->first_line * CW_LINE_BYTES;
    const size_t end = stretch->first_panel + stretch->n_panels;
    CwTile tile = {
        .a = (const char *)g->a + row * g->a_stride + stretch->first_line * 4,
        .a_stride = g->a_stride,
        .w_stride = panel_bytes,
        .n_groups = stretch->n_lines,
        .c_stride = g->c_stride,
        .accumulate = g->accumulate || stretch->first_line > 0,
        .a_scales = g->a_scales ? g->a_scales + row : NULL,
        .a_zeros = g->a_zeros ? g->a_zeros + row : NULL,
        .prefetch_stride = stretch->ahead_step,
    };
    for (size_t panel = stretch->first_panel; panel < end;) {
        const size_t n = MIN(work->kernels->max_panels, end - panel);
        const size_t column = panel * CW_PANEL_COLUMNS;
        tile.w = lines + panel * panel_bytes;
        tile.c = g->c + row * g->c_stride + column;
        tile.n_columns = MIN(n * CW_PANEL_COLUMNS, w->n_columns - column);
        tile.bias = stretch->first_line == 0 ? w->bias + column : NULL;
        tile.w_scales = w->scales ? w->scales + column : NULL;
        tile.w_sums = w->sums ? w->sums + column : NULL;
        tile.prefetch = stretch->ahead;
        work->kernels->run[n_rows][n](&tile);
        stretch->ahead += stretch->ahead_step * stretch->n_lines;
        panel += n;
    }
}

/* Blocks of rows as even as can be: 50 rows are five sixes and four fives, not eight sixes and a
 * two that leaves the multipliers waiting for their sums. */
static void
run_stretch(const Work *work, Stretch *stretch, CwActivationFunc activation)
{
    const CwGemm *g = work->gemm;
    const size_t column = stretch->first_panel * CW_PANEL_COLUMNS;
    const size_t n_columns = MIN(stretch->n_panels * CW_PANEL_COLUMNS, g->w->n_columns - column);
    size_t row = stretch->first_row, n_left = stretch->n_rows;
    for (size_t n_blocks = divide_up(n_left, work->kernels->max_rows); n_blocks > 0; n_blocks--) {
        const size_t n_rows = divide_up(n_left, n_blocks);
        run_tiles(work, stretch, row, n_rows);
        if (activation)
            activation(g->c + row * g->c_stride + column, g->c_stride, n_rows, n_columns);
        row += n_rows;
        n_left -= n_rows;
    }
}

/* The panels that this thread will want after a task's: the next group's, or behind the last of its
 * share those with which it begins the next product (the pool deals shares out evenly). */
static const char *
find_ahead(const Work *work, size_t index)
{
    const CwPackedMatrix *w = work->gemm->w, *next = work->gemm->next;
    const size_t thread = index * work->n_threads / work->n_tasks;
    const int last = index + 1 == (thread + 1) * work->n_tasks / work->n_threads;
    const size_t group = (index + 1) % work->n_groups;
    if (!last)
        return (const char *)w->panels + group * GROUP_PANELS * w->n_groups * CW_LINE_BYTES;
    if (!next)
        return NULL;
    const size_t first = thread * divide_up(next->n_columns, GROUP_COLUMNS) / work->n_threads;
    return (const char *)next->panels + first * GROUP_PANELS * next->n_groups * CW_LINE_BYTES;
}

static void
run_task(gpointer data, guint index)
{
    const Work *work = data;
    const CwGemm *g = work->gemm;
    const CwPackedMatrix *w = g->w;
    const size_t n_panels = divide_up(w->n_columns, CW_PANEL_COLUMNS);
    const size_t limit = w->type == CW_PRODUCT_INT8 ? w->n_groups : DEPTH_LINES;
    const size_t n_stretches = divide_up(w->n_groups, limit);
    Stretch stretch = {
        .first_row = index / work->n_groups * work->task_rows,
        .first_panel = index % work->n_groups * GROUP_PANELS,
        .ahead = find_ahead(work, index),
    };
    stretch.n_rows = MIN(work->task_rows, g->n_rows - stretch.first_row);
    stretch.n_panels = MIN(GROUP_PANELS, n_panels - stretch.first_panel);
    if (stretch.ahead) { /* as many lines as are multiplied, but each only once */
        const size_t n_tiles = divide_up(stretch.n_rows, work->kernels->max_rows) *
                               divide_up(stretch.n_panels, work->kernels->max_panels);
        stretch.ahead_step =
            MIN(CW_LINE_BYTES, divide_up(stretch.n_panels * CW_LINE_BYTES, n_tiles));
    } else {
        stretch.ahead = w->panels;
    }
    for (size_t i = 0; i < n_stretches; i++) {
        stretch.first_line = i * w->n_groups / n_stretches;
        stretch.n_lines = (i + 1) * w->n_groups / n_stretches - stretch.first_line;
        run_stretch(work, &stretch, i == n_stretches - 1 ? g->activation : NULL);
    }
}

/* Every task takes columns of its own, so that the weights, which are larger than the caches, are
 * read once. Where that gives too few tasks (the first convolutions of a ResNet) the many rows are
 * split as well. */
void
cw_gemm_run(const CwGemm *gemm, unsigned n_threads)
{
    const size_t n_cpus = cw_pool_n_cpus();
    Work work = {
        .gemm = gemm,
        .kernels = cw_tile_kernels(gemm->w->type),
        .n_threads = n_threads == 0 ? n_cpus : MIN(n_threads, n_cpus),
        .n_groups = divide_up(gemm->w->n_columns, GROUP_COLUMNS),
        .task_rows = gemm->n_rows,
    };
    const size_t n_wanted = TASKS_PER_THREAD * work.n_threads;
    if (work.n_groups < n_wanted)
        work.task_rows =
            MAX(TASK_ROWS, divide_up(gemm->n_rows, divide_up(n_wanted, work.n_groups)));
    work.n_tasks = work.n_groups * divide_up(gemm->n_rows, work.task_rows);
    work.n_threads = MIN(work.n_threads, work.n_tasks);
    cw_pool_run(n_threads, (guint)work.n_tasks, run_task, &work);
}
