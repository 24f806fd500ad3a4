#include "libvz/container/dist_setup.h"

#include "libvz/container/exec.h"
#include "libvz/container/network.h"
#include "libvz/core/file.h"
#include "libvz/core/log.h"
#include "libvz/distro/dist_scripts.h"

namespace vz {

namespace {

Result<DistScripts> dist_of(const GlobalConfig& global, const ContainerConfig& config) {
  return load_dist(global.paths, config.merged.ostemplate.value_or(""));
}

// Nothing to run is success; so is a script that ran, whatever it ended with: what says the finished one.
Result<std::optional<Finished>> run_maybe(const GlobalConfig& global, const ContainerConfig& config,
                                          pid_t init_pid, MaybeScript script) {
  if (!script) return fail(std::move(script));
  if (!*script) return std::optional<Finished>{};
  const ContainerScript& wanted = **script;
  VZ_ASSIGN(auto finished,
            run_script_inside(global, config, init_pid, wanted.text, wanted.environment, wanted.timeout));
  return finished;
}

void warn_of_missing(DistAction action) {
  log_info("Warning: " + action_name(action) + " action script is not specified");
}

// For the actions whose failure was never an error.
Result<void> run_and_log(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                         const DistScripts& dist, DistAction action, MaybeScript script) {
  if (script && !*script && !dist.left_out.contains(action)) warn_of_missing(action);
  VZ_ASSIGN(const auto finished, run_maybe(global, config, init_pid, std::move(script)));
  if (finished && !finished->ok()) {
    log_error("Warning: the " + action_name(action) + " script of the distribution " + finished->describe());
  }
  return {};
}

Result<void> run_dns(const GlobalConfig& global, const DistScripts& dist, const ContainerConfig& config,
                     pid_t init_pid) {
  auto nameservers = config.merged.nameserver.value_or(std::vector<std::string>{});
  auto domains = config.merged.searchdomain.value_or(std::vector<std::string>{});
  const auto inherits = [](const std::vector<std::string>& list) {
    return !list.empty() && list[0] == "inherit";
  };
  if (inherits(nameservers) || inherits(domains)) {
    const auto host = inherit_dns(read_file("/etc/resolv.conf").value_or(""));
    if (inherits(nameservers)) nameservers = host.nameservers;
    if (inherits(domains)) domains = host.search_domains;
  }
  if (nameservers.empty() && domains.empty()) return {};
  return run_and_log(global, config, init_pid, dist, DistAction::set_dns,
                     set_dns_script(dist, nameservers, domains));
}

Result<void> run_hostname(const GlobalConfig& global, const DistScripts& dist, const ContainerConfig& config,
                          pid_t init_pid, const std::string& state) {
  if (!config.merged.hostname) return {};
  const auto ips = used_addresses(global, config.merged);
  std::optional<IpAddress> first;
  if (!ips.empty()) first = ips.front();
  return run_and_log(global, config, init_pid, dist, DistAction::set_hostname,
                     set_hostname_script(dist, state, *config.merged.hostname, first));
}

// For the actions without which a container does not start.
Result<void> run_required(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                          const char* action, MaybeScript script) {
  VZ_ASSIGN(const auto finished, run_maybe(global, config, init_pid, std::move(script)));
  if (!finished || finished->ok()) return {};
  return fail(ExitCode::action_script,
              std::string("The ") + action + " script of the distribution " + finished->describe());
}

}  // namespace

Result<void> configure_at_start(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid) {
  VZ_ASSIGN(const DistScripts dist, dist_of(global, config));
  const AddressChange all{.state = "starting",
                          .ips = used_addresses(global, config.merged),
                          .delete_all = false,
                          .ipv6 = global.ipv6};
  VZ_TRY(run_and_log(global, config, init_pid, dist, DistAction::add_ip, add_ip_script(dist, all)));
  VZ_TRY(run_hostname(global, dist, config, init_pid, "starting"));
  VZ_TRY(run_dns(global, dist, config, init_pid));
  VZ_TRY(run_required(global, config, init_pid, "console", set_console_script(dist)));
  return run_required(global, config, init_pid, "prestart", pre_start_script(dist, config.uid_base() != 0));
}

Result<void> configure_network_inside(const GlobalConfig& global, const ContainerConfig& config,
                                      pid_t init_pid, const std::vector<IpAddress>& added,
                                      const std::vector<IpAddress>& removed, bool removed_all) {
  VZ_ASSIGN(const DistScripts dist, dist_of(global, config));
  if (!removed.empty() || removed_all) {
    const AddressChange change{
        .state = "running", .ips = removed, .delete_all = removed_all, .ipv6 = global.ipv6};
    VZ_TRY(run_and_log(global, config, init_pid, dist, DistAction::del_ip, del_ip_script(dist, change)));
  }
  if (added.empty()) return {};
  const AddressChange change{.state = "running", .ips = added, .delete_all = false, .ipv6 = global.ipv6};
  return run_and_log(global, config, init_pid, dist, DistAction::add_ip, add_ip_script(dist, change));
}

Result<void> configure_hostname_inside(const GlobalConfig& global, const ContainerConfig& config,
                                       pid_t init_pid) {
  VZ_ASSIGN(const DistScripts dist, dist_of(global, config));
  return run_hostname(global, dist, config, init_pid, "running");
}

Result<void> configure_dns_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid) {
  VZ_ASSIGN(const DistScripts dist, dist_of(global, config));
  return run_dns(global, dist, config, init_pid);
}

Result<void> set_password_inside(const GlobalConfig& global, const ContainerConfig& config, pid_t init_pid,
                                 const std::string& user_password) {
  VZ_ASSIGN(const DistScripts dist, dist_of(global, config));
  VZ_ASSIGN(const auto finished,
            run_maybe(global, config, init_pid, set_userpass_script(dist, user_password)));
  if (!finished) warn_of_missing(DistAction::set_userpass);
  if (finished && finished->ok()) return {};
  return fail(ExitCode::change_password,
              finished ? "the password script " + finished->describe() : "no password script");
}

}  // namespace vz
