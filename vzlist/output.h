#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "libvz/core/result.h"
#include "vzlist/fields.h"
#include "vzlist/options.h"

namespace vz {

// What the columns, the sort key and the filters of these options need.
Needs needs_of(const ListOptions& options);

using ListedContainers = std::vector<std::unique_ptr<Listed>>;

// By the options' sort field; containers that are equal there stay in the order of their CTIDs.
void sort_containers(ListedContainers& containers, const ListOptions& options);

// The table, header first, or in JSON an array of objects, which without fields given have all of them.
// An error of the file's ("Unable to write: <strerror>") has exit code set_ubc.
Result<void> print_containers(const ListedContainers& containers, const ListOptions& options, std::FILE* to);

// What -L prints.
std::string fields_output();

}  // namespace vz
