#pragma once

#include <string>
#include <vector>

#include "tests/dists/scratch_root.h"

namespace vz {

// A distribution's ways: what a fresh root file system of it holds that the scripts look at or change.
struct Family {
  std::string name;        // of its file in golden/
  std::string ostemplate;  // chooses the configuration in etc/dists
  ScratchRoot::Tree tree;
};

const std::vector<Family>& families();

}  // namespace vz
