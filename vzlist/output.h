#pragma once

#include <string>
#include <vector>

#include "vzlist/fields.h"
#include "vzlist/options.h"

namespace vz {

// By the options' sort field; containers that are equal there stay in the order of their CTIDs.
void sort_containers(std::vector<Listed>& containers, const ListOptions& options);

// The table, header first.
std::string text_output(const std::vector<Listed>& containers, const ListOptions& options);

// An array of objects; without fields given, all of them.
std::string json_output(const std::vector<Listed>& containers, const ListOptions& options);

// What -L prints.
std::string fields_output();

}  // namespace vz
