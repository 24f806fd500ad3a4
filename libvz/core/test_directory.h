#pragma once

#include <stdlib.h>

#include <stdexcept>
#include <string>

#include "libvz/core/file.h"

namespace vz {

// For tests: a directory of their own, removed when it goes.
class TestDirectory {
 public:
  TestDirectory() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { (void)remove_tree(path_); }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Makes missing parents.
  void write(const std::string& name, const std::string& content) const {
    const std::string file = *this / name;
    if (!make_directories(file.substr(0, file.rfind('/'))) || !write_file_atomically(file, content)) {
      throw std::runtime_error("cannot write " + file);
    }
  }
  std::string read(const std::string& name) const { return read_file(*this / name).value_or("<unreadable>"); }

 private:
  std::string path_ = "/tmp/vz-test-XXXXXX";
};

}  // namespace vz
