#include "libvz/core/undo.h"

#include <gmock/gmock.h>

#include "libvz/core/interrupt.h"

namespace vz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Undos that write down that they ran.
class UndoTest : public ::testing::Test {
 protected:
  UndoStack::Action note(const std::string& name) {
    return [this, name]() -> Result<void> {
      ran_.push_back(name);
      return {};
    };
  }
  std::vector<std::string> ran_;
};

TEST_F(UndoTest, RunsTheUndosLastOneFirstWhenTheScopeIsLeft) {
  {
    UndoStack undo;
    undo.add("a", note("a"));
    undo.add("b", note("b"));
    undo.add("c", note("c"));
  }
  EXPECT_THAT(ran_, ElementsAre("c", "b", "a"));
}

TEST_F(UndoTest, RunsNothingAfterCommit) {
  {
    UndoStack undo;
    undo.add("a", note("a"));
    undo.commit();
    EXPECT_TRUE(undo.empty());
  }
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(UndoTest, RunsWhatWasAddedAfterCommit) {
  {
    UndoStack undo;
    undo.add("a", note("a"));
    undo.commit();
    undo.add("b", note("b"));
  }
  EXPECT_THAT(ran_, ElementsAre("b"));
}

TEST_F(UndoTest, RunsEachOnlyOnce) {
  {
    UndoStack undo;
    undo.add("a", note("a"));
    undo.roll_back();
    undo.roll_back();
  }
  EXPECT_THAT(ran_, ElementsAre("a"));
}

TEST_F(UndoTest, GoesOnAfterAnUndoThatFailsAndSaysWhichItWas) {
  UndoStack undo;
  undo.add("a", note("a"));
  undo.add("unmount /vz/root/101", [] { return Result<void>(fail(ExitCode::system, "busy")); });
  undo.add("c", note("c"));
  ::testing::internal::CaptureStderr();
  undo.roll_back();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("cannot unmount /vz/root/101: busy"));
  EXPECT_THAT(ran_, ElementsAre("c", "a"));
}

TEST_F(UndoTest, RunsUndosThatAnUndoAdds) {
  UndoStack undo;
  undo.add("outer", [&]() -> Result<void> {
    undo.add("inner", note("inner"));
    return {};
  });
  undo.roll_back();
  EXPECT_THAT(ran_, ElementsAre("inner"));
}

}  // namespace
}  // namespace vz
