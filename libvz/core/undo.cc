#include "libvz/core/undo.h"

#include <utility>

#include "libvz/core/interrupt.h"
#include "libvz/core/log.h"

namespace vz {

void UndoStack::add(std::string what, Action action) {
  undos_.push_back({std::move(what), std::move(action)});
}

void UndoStack::roll_back() {
  const InterruptShield shield;
  while (!undos_.empty()) {
    const Undo undo = std::move(undos_.back());
    undos_.pop_back();
    if (auto done = undo.action(); !done) {
      log_error("Warning: cannot " + undo.what + ": " + done.error().text());
    }
  }
}

}  // namespace vz
