// Everything of tarn's public interface.
#pragma once

#include <tarn/error.hpp>
#include <tarn/list.hpp>
#include <tarn/maybe.hpp>
#include <tarn/message.hpp>
#include <tarn/node.hpp>
#include <tarn/observer.hpp>
#include <tarn/options.hpp>
#include <tarn/publisher.hpp>
#include <tarn/result.hpp>
#include <tarn/sample.hpp>
#include <tarn/slice.hpp>
#include <tarn/subscriber.hpp>
#include <tarn/text.hpp>
#include <tarn/topic_name.hpp>
#include <tarn/topic_status.hpp>
#include <tarn/untyped.hpp>
#include <tarn/wait_set.hpp>
