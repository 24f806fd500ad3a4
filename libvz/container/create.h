#pragma once

#include <optional>
#include <string>

#include "libvz/config/changes.h"
#include "libvz/config/global_config.h"
#include "libvz/core/result.h"

namespace vz {

struct CreateRequest {
  Ctid ctid = 0;
  std::optional<std::string> sample;  // --config: ve-<sample>.conf-sample
  Parameters given;                   // ostemplate may be a path below the template cache
};

// vzctl create: the private area from a template, and CTID.conf from a sample and what was given. Its
// messages and checks are in the documented order. After an error nothing is left that was not there before.
Result<void> create_container(const GlobalConfig& global, const CreateRequest& request);

}  // namespace vz
