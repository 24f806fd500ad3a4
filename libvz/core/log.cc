#include "libvz/core/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

namespace vz {

namespace {

LogSettings settings_;
std::shared_ptr<spdlog::logger> file_;

void to_file(int level, std::string_view message) {
  if (file_ == nullptr || level > settings_.file_level) return;
  if (settings_.ctid != 0) {
    file_->info("CT {} : {}", settings_.ctid, message);
  } else {
    file_->info("{}", message);
  }
}

void print(std::FILE* stream, std::string_view message) {
  std::fwrite(message.data(), 1, message.size(), stream);
  std::fputc('\n', stream);
  std::fflush(stream);
}

}  // namespace

void configure_log(LogSettings settings) {
  const bool same_file = settings.file == settings_.file && file_ != nullptr;
  settings_ = std::move(settings);
  if (settings_.file.empty()) {
    file_.reset();
    return;
  }
  if (same_file) return;
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(settings_.file);
    file_ = std::make_shared<spdlog::logger>(settings_.program, std::move(sink));
    file_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S%z %n : %v"));
    file_->flush_on(spdlog::level::trace);
  } catch (const std::exception& exception) {
    file_.reset();
    if (!settings_.quiet) print(stderr, exception.what());
  }
}

const LogSettings& log_settings() {
  return settings_;
}

void log_error(std::string_view message) {
  to_file(-1, message);
  if (!settings_.quiet) print(stderr, message);
}

void log_info(std::string_view message, int level) {
  to_file(level, message);
  if (!settings_.quiet && settings_.verbosity >= level) print(stdout, message);
}

void log_file_only(std::string_view message) {
  to_file(0, message);
}

}  // namespace vz
