/* All of the public API. Start at engine.h for streams, at classify.h for single pictures. */
#pragma once

#include <clipwatch/version.h>
#include <clipwatch/error.h>
#include <clipwatch/frame.h>
#include <clipwatch/image.h>
#include <clipwatch/zones.h>
#include <clipwatch/tokenizer.h>
#include <clipwatch/model.h>
#include <clipwatch/prompt.h>
#include <clipwatch/classify.h>
#include <clipwatch/lint.h>
#include <clipwatch/episode.h>
#include <clipwatch/calibration.h>
#include <clipwatch/policy.h>
#include <clipwatch/guard.h>
#include <clipwatch/monitor.h>
#include <clipwatch/event.h>
#include <clipwatch/audit.h>
#include <clipwatch/engine.h>
