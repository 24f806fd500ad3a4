#pragma once

#include <string>
#include <vector>

#include "libvz/config/changes.h"
#include "libvz/core/option_parser.h"

namespace vz {

// The options of create and set that set parameters, made out of the table of parameters. What they say goes
// into changes, which must outlive the options. commands: kCreate or kSet. A bad value is "Bad parameter for
// --NAME: VALUE", exit code invalid_value.
std::vector<Option> parameter_options(unsigned commands, Changes& changes);

// --ipdel, --netif_del, --ifname and its companions: what set can do to lists beyond adding. They keep to the
// words' order only within one kind.
std::vector<Option> list_options(Changes& changes);

// --ifname was given if any of its companions was. Exit code invalid_syntax.
Result<void> check_list_options(const Changes& changes);

}  // namespace vz
