#include "vzmigrate/timeline.h"

#include <cstdio>

namespace vz {

namespace {

std::string line(const std::string& name, std::chrono::duration<double> took, bool frozen) {
  char text[128];
  std::snprintf(text, sizeof text, "%26s: %7.3f%s\n", name.c_str(), took.count(), frozen ? " *" : "");
  return text;
}

}  // namespace

void Timeline::begin(std::string phase) {
  end();
  current_ = std::move(phase);
  began_ = Clock::now();
}

void Timeline::end() {
  if (current_.empty()) return;
  phases_.push_back({current_, Clock::now() - began_, is_frozen_});
  current_.clear();
}

void Timeline::add(std::string phase, std::chrono::duration<double> took, bool frozen) {
  phases_.push_back({std::move(phase), took, frozen});
}

void Timeline::frozen() {
  froze_ = Clock::now();
  is_frozen_ = true;
}

void Timeline::thawed() {
  if (!is_frozen_) return;
  frozen_time_ += Clock::now() - froze_;
  is_frozen_ = false;
}

std::string Timeline::report() const {
  std::string text;
  for (const auto& phase : phases_) text += line(phase.name, phase.took, phase.frozen);
  text += "  ------------------------------------\n";
  text += line("Total suspended time", frozen_time_, true);
  return text;
}

}  // namespace vz
