#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libvz/core/result.h"

namespace vz {

// The undos of what a transaction has changed on the host so far. Whoever changes something adds its undo in
// the same line; leaving the scope without commit() runs them, last one first. A failing undo is logged and
// the others still run.
class UndoStack {
 public:
  using Action = std::function<Result<void>()>;

  UndoStack() = default;
  UndoStack(const UndoStack&) = delete;
  UndoStack& operator=(const UndoStack&) = delete;
  ~UndoStack() { roll_back(); }

  // what: for the log, when the undo itself fails ("unmount /vz/root/101").
  void add(std::string what, Action action);
  void commit() { undos_.clear(); }
  // Runs the undos now and forgets them.
  void roll_back();
  bool empty() const { return undos_.empty(); }

 private:
  struct Undo {
    std::string what;
    Action action;
  };
  std::vector<Undo> undos_;
};

}  // namespace vz
