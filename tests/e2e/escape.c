/* Attempts of a container's root to leave it, for test_isolation.py, which builds this statically and runs it inside.
 *
 *   escape            prints the names of all attempts
 *   escape NAME [ARG] makes one: "refused: REASON", exit code 0; or "SUCCEEDED: WHAT", exit code 1
 *
 * Each attempt is one that a mainline kernel would allow the host's root, or that once led out of some container. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *argument = "";

static _Noreturn void end(int code, const char *word, const char *format, va_list rest) {
  printf("%s: ", word);
  vprintf(format, rest);
  printf("\n");
  fflush(stdout);
  _exit(code);
}
static _Noreturn void refused(const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  end(0, "refused", format, rest);
}
static _Noreturn void succeeded(const char *format, ...) {
  va_list rest;
  va_start(rest, format);
  end(1, "SUCCEEDED", format, rest);
}
/* The attempt is one call. */
static void expect_refusal(long result, const char *what) {
  if (result < 0) refused("%s: %s", what, strerror(errno));
  succeeded("%s", what);
}

static int write_file(const char *path, const char *text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const ssize_t n = write(fd, text, strlen(text));
  const int saved = errno;
  close(fd);
  errno = saved;
  return n < 0 ? -1 : 0;
}
/* Writes to the first of these that is there. */
static void expect_no_write(const char *text, ...) {
  va_list paths;
  va_start(paths, text);
  const char *path;
  while ((path = va_arg(paths, const char *)) != NULL) {
    struct stat status;
    if (stat(path, &status) < 0 && errno == ENOENT) continue;
    expect_refusal(write_file(path, text), path);
  }
  refused("not there");
}
/* Takes away what was laid over it and around it. */
static void uncover(const char *path) {
  for (int i = 0; i < 4; ++i) umount2(path, MNT_DETACH);
  mount("", "/proc", NULL, MS_REMOUNT | MS_BIND, NULL);
  mount("", "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
  mount("", "/sys", NULL, MS_REMOUNT | MS_BIND, NULL);
}
static void expect_no_read(const char *path) {
  char byte;
  const int fd = open(path, O_RDONLY);
  if (fd < 0) refused("open %s: %s", path, strerror(errno));
  const ssize_t n = read(fd, &byte, 1);
  if (n < 0) refused("read %s: %s", path, strerror(errno));
  if (n == 0) refused("%s is empty", path);
  succeeded("read of %s", path);
}

/* --- the kernel ------------------------------------------------------------------------------------------- */

static void kernel_module(void) { expect_refusal(syscall(SYS_init_module, "x", 1, ""), "init_module"); }
static void kernel_module_file(void) {
  expect_refusal(syscall(SYS_finit_module, memfd_create("m", 0), "", 0), "finit_module");
}
static void kernel_module_removal(void) { expect_refusal(syscall(SYS_delete_module, "loop", O_NONBLOCK), "delete_module"); }
static void kernel_kexec(void) { expect_refusal(syscall(SYS_kexec_load, 0, 0, NULL, 0), "kexec_load"); }
static void kernel_log(void) {
  char text[4096];
  expect_refusal(klogctl(3, text, sizeof text), "syslog");
}
static void kernel_log_device(void) {
  mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
  expect_no_read("/dev/kmsg");
}
static void kernel_log_proc(void) { expect_no_read("/proc/kmsg"); }
static void kernel_memory(void) {
  uncover("/proc/kcore");
  expect_no_read("/proc/kcore");
}
static void kernel_memory_device(void) {
  if (mknod("/tmp/mem", S_IFCHR | 0600, makedev(1, 1)) < 0) refused("mknod mem: %s", strerror(errno));
  expect_no_read("/tmp/mem");
}
static void kernel_ports(void) { expect_refusal(iopl(3), "iopl"); }
static void kernel_port_range(void) { expect_refusal(ioperm(0x70, 2, 1), "ioperm"); }
static void kernel_keys(void) {
  expect_refusal(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1), "keyctl");
}
static void kernel_key_list(void) {
  uncover("/proc/keys");
  /* The file shows the keys of the reader's own user namespace only. */
  FILE *keys = fopen("/proc/keys", "r");
  char line[512];
  if (keys == NULL) refused("open /proc/keys: %s", strerror(errno));
  while (fgets(line, sizeof line, keys)) {
    unsigned id, uid;
    if (sscanf(line, "%x %*s %*s %*s %*s %u", &id, &uid) == 2) succeeded("a key: %s", line);
  }
  refused("no key is seen");
}
static void kernel_bpf(void) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = attributes.value_size = 4;
  attributes.max_entries = 1;
  expect_refusal(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes), "bpf");
}
static void kernel_perf(void) {
  struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes};
  expect_refusal(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0), "perf_event_open");
}
static void kernel_io_uring(void) {
  char parameters[256] = {0};
  expect_refusal(syscall(SYS_io_uring_setup, 1, parameters), "io_uring_setup");
}
static void kernel_timers(void) {
  uncover("/proc/timer_list");
  expect_no_read("/proc/timer_list");
}
static void kernel_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec += 3600;
  expect_refusal(clock_settime(CLOCK_REALTIME, &now), "clock_settime");
}
static void kernel_clock_rate(void) {
  struct timex t = {.modes = ADJ_FREQUENCY, .freq = 65536};
  expect_refusal(adjtimex(&t), "adjtimex");
}
static void kernel_swap(void) {
  const int fd = open("/tmp/swap", O_RDWR | O_CREAT, 0600);
  ftruncate(fd, 1 << 20);
  expect_refusal(swapon("/tmp/swap", 0), "swapon");
}
static void kernel_accounting(void) {
  close(open("/tmp/acct", O_RDWR | O_CREAT, 0600));
  expect_refusal(acct("/tmp/acct"), "acct");
}
static void kernel_quota(void) { expect_refusal(syscall(SYS_quotactl, QCMD(Q_SYNC, USRQUOTA), NULL, 0, NULL), "quotactl"); }
static void kernel_reboot_command(void) {
  /* Ends no more than the container's own processes; with CAD_ON it would change the host's keyboard. */
  expect_refusal(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_ON, NULL), "reboot(CAD_ON)");
}

/* --- /proc and /sys --------------------------------------------------------------------------------------- */

static void proc_sysrq(void) {
  uncover("/proc/sysrq-trigger");
  expect_no_write("h", "/proc/sysrq-trigger", NULL);
}
static void proc_core_pattern(void) {
  uncover("/proc/sys/kernel/core_pattern");
  expect_no_write("|/tmp/x", "/proc/sys/kernel/core_pattern", NULL);
}
static void proc_modprobe(void) {
  uncover("/proc/sys/kernel/modprobe");
  expect_no_write("/tmp/x", "/proc/sys/kernel/modprobe", NULL);
}
static void proc_panic(void) { expect_no_write("1", "/proc/sys/kernel/panic_on_oops", NULL); }
static void proc_memory_setting(void) { expect_no_write("1", "/proc/sys/vm/drop_caches", NULL); }
static void proc_file_maximum(void) { expect_no_write("1000", "/proc/sys/fs/file-max", NULL); }
static void proc_binfmt(void) {
  /* Registers an interpreter that runs outside only where the kernel has one table for all. */
  mkdir("/tmp/binfmt", 0700);
  if (mount("binfmt_misc", "/tmp/binfmt", "binfmt_misc", 0, NULL) < 0)
    refused("mount binfmt_misc: %s", strerror(errno));
  struct stat status;
  if (stat("/tmp/binfmt/of-the-host", &status) == 0) succeeded("the host's table");
  refused("a table of its own");
}
static void proc_irq(void) {
  uncover("/proc/irq");
  expect_no_write("1", "/proc/irq/default_smp_affinity", NULL);
}
static void proc_pci(void) {
  uncover("/proc/bus");
  expect_no_write("x", "/proc/bus/pci/00/00.0", NULL);
}
static void proc_oom_immunity(void) { expect_no_write("-1000", "/proc/self/oom_score_adj", NULL); }
static void proc_another_proc(void) {
  /* One without the covers, if the kernel mounts it: what lies below must be safe by itself. */
  mkdir("/tmp/proc", 0700);
  if (mount("proc", "/tmp/proc", "proc", 0, NULL) < 0) refused("mount proc: %s", strerror(errno));
  const char *orders[] = {"sysrq-trigger", "sys/kernel/core_pattern", "sys/kernel/modprobe", "irq/default_smp_affinity", "kcore"};
  char path[100];
  for (size_t i = 0; i < sizeof orders / sizeof *orders; ++i) {
    snprintf(path, sizeof path, "/tmp/proc/%s", orders[i]);
    const int fd = open(path, O_WRONLY);
    if (fd >= 0) succeeded("open of %s for writing", path);
  }
  expect_no_read("/tmp/proc/kcore");
}
static void sys_another_sysfs(void) {
  mkdir("/tmp/sys", 0700);
  if (mount("sysfs", "/tmp/sys", "sysfs", 0, NULL) < 0) refused("mount sysfs: %s", strerror(errno));
  expect_no_write("x", "/tmp/sys/kernel/uevent_helper", "/tmp/sys/power/state", "/tmp/sys/kernel/mm/transparent_hugepage/enabled", NULL);
}
static void sys_uevent_helper(void) {
  uncover("/sys/kernel");
  expect_no_write("/tmp/x", "/sys/kernel/uevent_helper", NULL);
}
static void sys_hugepages(void) {
  uncover("/sys/kernel");
  expect_no_write("never", "/sys/kernel/mm/transparent_hugepage/enabled", NULL);
}
static void sys_power(void) { expect_no_write("mem", "/sys/power/state", NULL); }
static void sys_unbind(void) { expect_no_write("x", "/sys/bus/virtio/drivers/virtio_blk/unbind", "/sys/bus/pci/rescan", NULL); }
static void sys_debugfs(void) {
  mkdir("/tmp/debug", 0700);
  expect_refusal(mount("debugfs", "/tmp/debug", "debugfs", 0, NULL), "mount debugfs");
}
static void sys_tracefs(void) {
  mkdir("/tmp/trace", 0700);
  expect_refusal(mount("tracefs", "/tmp/trace", "tracefs", 0, NULL), "mount tracefs");
}
static void sys_securityfs(void) {
  mkdir("/tmp/security", 0700);
  expect_refusal(mount("securityfs", "/tmp/security", "securityfs", 0, NULL), "mount securityfs");
}

/* --- devices and file systems ------------------------------------------------------------------------------ */

static void device_disk_node(void) { expect_refusal(mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)), "mknod of a disk"); }
static void device_disk_mount(void) {
  /* By every name that a disk may have here. */
  const char *names[] = {"/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/root", "/dev/loop0"};
  mkdir("/tmp/disk.d", 0700);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (mount(names[i], "/tmp/disk.d", "ext4", 0, NULL) == 0 || mount(names[i], "/tmp/disk.d", "btrfs", 0, NULL) == 0)
      succeeded("mount of %s", names[i]);
  }
  refused("mount: %s", strerror(errno));
}
static void device_disk_by_sysfs(void) {
  /* Any block device that can be opened. */
  DIR *directory = opendir("/sys/class/block");
  struct dirent *entry;
  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    char path[300];
    snprintf(path, sizeof path, "/dev/%s", entry->d_name);
    const int fd = entry->d_name[0] == '.' ? -1 : open(path, O_RDONLY);
    if (fd >= 0) succeeded("open of %s", path);
  }
  refused("no block device can be opened");
}
static void device_devtmpfs(void) {
  mkdir("/tmp/dev", 0700);
  expect_refusal(mount("dev", "/tmp/dev", "devtmpfs", 0, NULL), "mount devtmpfs");
}
static void device_own_filesystem(void) {
  mkdir("/tmp/t", 0700);
  if (mount("t", "/tmp/t", "tmpfs", 0, NULL) < 0) refused("mount tmpfs: %s", strerror(errno));
  if (mknod("/tmp/t/null", S_IFCHR | 0666, makedev(1, 3)) < 0) refused("mknod on a tmpfs of its own: %s", strerror(errno));
  expect_no_read("/tmp/t/null");
}
static void file_by_handle(void) {
  struct {
    struct file_handle head;
    unsigned inode, generation;
  } handle = {{8, 1}, 2, 0};
  expect_refusal(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY), "open_by_handle_at");
}
/* The host's file system has the file that the test names; a container's has not. */
static void look_for_marker(const char *how) {
  for (int i = 0; i < 64; ++i) {
    if (access(argument + 1, F_OK) == 0) succeeded("%s leads to the host's files", how);
    if (chdir("..") < 0) break;
  }
  refused("%s stays inside", how);
}
static void file_chroot(void) {
  mkdir("/tmp/jail", 0700);
  const int root = open("/", O_RDONLY | O_DIRECTORY);
  if (chroot("/tmp/jail") < 0) refused("chroot: %s", strerror(errno));
  fchdir(root);
  look_for_marker("the way out of a chroot");
}
static void file_unmount_root(void) {
  umount2("/", MNT_DETACH);
  chdir("/");
  look_for_marker("unmounting the root");
}
static void file_pivot_root(void) {
  unshare(CLONE_NEWNS);
  mkdir("/tmp/new", 0700);
  mount("/tmp/new", "/tmp/new", NULL, MS_BIND, NULL);
  mkdir("/tmp/new/old", 0700);
  if (syscall(SYS_pivot_root, "/tmp/new", "/tmp/new/old") < 0) refused("pivot_root: %s", strerror(errno));
  umount2("/old", MNT_DETACH);
  look_for_marker("pivot_root");
}
static void file_of_first_process(void) {
  chdir("/proc/1/root");
  look_for_marker("/proc/1/root");
}
static void file_host_mount(void) {
  FILE *mounts = fopen("/proc/self/mountinfo", "r");
  char line[4096];
  while (mounts != NULL && fgets(line, sizeof line, mounts)) {
    char source[2048], point[2048];
    if (sscanf(line, "%*d %*d %*s %2047s %2047s", source, point) == 2 && strstr(point, argument) != NULL)
      succeeded("mount of the host: %s", line);
  }
  refused("no mount of the host is seen");
}
static void file_descriptor_of_host(void) {
  /* Whatever was forgotten open in a process that came from outside. */
  DIR *processes = opendir("/proc");
  struct dirent *entry;
  while ((entry = readdir(processes)) != NULL) {
    char directory[300];
    snprintf(directory, sizeof directory, "/proc/%s/fd", entry->d_name);
    DIR *fds = atoi(entry->d_name) > 0 ? opendir(directory) : NULL;
    struct dirent *fd;
    while (fds != NULL && (fd = readdir(fds)) != NULL) {
      char path[600], target[600] = "";
      snprintf(path, sizeof path, "%s/%s%s", directory, fd->d_name, argument);
      if (access(path, F_OK) == 0) succeeded("%s", path);
      snprintf(path, sizeof path, "%s/%s", directory, fd->d_name);
      if (readlink(path, target, sizeof target - 1) > 0 && strncmp(target, "/vz/", 4) == 0) succeeded("%s is %s", path, target);
    }
    if (fds != NULL) closedir(fds);
  }
  refused("no descriptor leads out");
}
/* Counted apart from the container's own project, nothing would be limited. */
static void project_change(void) {
  struct fsxattr attributes;
  const int fd = open("/root/escape", O_WRONLY | O_CREAT, 0600);
  if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0) refused("FSGETXATTR: %s", strerror(errno));
  const unsigned projects[] = {0, 4242};
  for (int i = 0; i < 2; ++i) {
    attributes.fsx_projid = projects[i];
    if (ioctl(fd, FS_IOC_FSSETXATTR, &attributes) == 0) succeeded("project %u", projects[i]);
  }
  refused("FSSETXATTR: %s", strerror(errno));
}
static void file_idmap(void) {
  /* The container's ids end at 65535: there is no way to own a file of the host's root. */
  close(open("/tmp/mine", O_RDWR | O_CREAT, 0600));
  expect_refusal(chown("/tmp/mine", 100000, 100000), "chown to an id outside");
}

/* --- processes ---------------------------------------------------------------------------------------------- */

/* argument: the pid that a process of the host has there. */
static void process_ptrace(void) { expect_refusal(ptrace(PTRACE_SEIZE, atoi(argument), 0, 0), "ptrace of a host's process"); }
static void process_signal(void) { expect_refusal(kill(atoi(argument), SIGTERM), "signal to a host's process"); }
static void process_pidfd(void) { expect_refusal(syscall(SYS_pidfd_open, atoi(argument), 0), "pidfd_open of a host's process"); }
static void process_namespaces(void) {
  /* Every namespace that /proc shows, with the rights in it. */
  DIR *processes = opendir("/proc");
  struct dirent *entry;
  struct stat own, other;
  stat("/proc/self/ns/user", &own);
  while ((entry = readdir(processes)) != NULL) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/ns/user", entry->d_name);
    if (atoi(entry->d_name) > 0 && stat(path, &other) == 0 && other.st_ino != own.st_ino &&
        setns(open(path, O_RDONLY), CLONE_NEWUSER) == 0)
      succeeded("%s", path);
  }
  refused("no other user namespace is seen");
}
static void process_parent_namespace(void) {
  const int own = open("/proc/self/ns/user", O_RDONLY);
  expect_refusal(ioctl(own, 0xb702 /* NS_GET_PARENT */), "parent of the user namespace");
}
static void process_parent_pids(void) {
  const int own = open("/proc/self/ns/pid", O_RDONLY);
  expect_refusal(ioctl(own, 0xb702 /* NS_GET_PARENT */), "parent of the pid namespace");
}
static void process_nice(void) { expect_refusal(setpriority(PRIO_PROCESS, 0, -20), "priority above the host's processes"); }
static void process_realtime(void) {
  struct sched_param parameters = {.sched_priority = 50};
  expect_refusal(sched_setscheduler(0, SCHED_FIFO, &parameters), "real-time scheduling");
}
static void process_cpus(void) {
  /* Whether all of the host's CPUs may be used is cpuset's to say. */
  cpu_set_t all;
  memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all);
  sched_getaffinity(0, sizeof all, &all);
  if (CPU_COUNT(&all) > atoi(argument)) succeeded("%d CPUs", CPU_COUNT(&all));
  refused("%d CPUs", CPU_COUNT(&all));
}
static void process_abstract_socket(void) {
  /* argument: the name of a socket that the host listens on. */
  struct sockaddr_un {
    sa_family_t family;
    char path[108];
  } address = {AF_UNIX, {0}};
  strncpy(address.path + 1, argument, sizeof address.path - 2);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  expect_refusal(connect(fd, (struct sockaddr *)&address, (socklen_t)(sizeof address.family + 1 + strlen(argument))),
                 "connection to an abstract socket of the host");
}

/* --- cgroups ------------------------------------------------------------------------------------------------- */

static int mount_cgroup(const char *type, const char *options) {
  mkdir("/tmp/cgroup", 0700);
  return mount("cgroup", "/tmp/cgroup", type, 0, options);
}
static void expect_no_wider_limit(const char *controller, const char *v1, const char *v2) {
  char path[200];
  if (mount_cgroup("cgroup", controller) == 0) {
    snprintf(path, sizeof path, "/tmp/cgroup/%s", v1);
  } else if (mount_cgroup("cgroup2", NULL) == 0) {
    snprintf(path, sizeof path, "/tmp/cgroup/%s", v2);
  } else {
    refused("mount cgroup: %s", strerror(errno));
  }
  expect_refusal(write_file(path, strcmp(controller, "memory") == 0 ? "1000000000" : "100000"), path);
}
static void cgroup_memory(void) { expect_no_wider_limit("memory", "memory.limit_in_bytes", "memory.max"); }
static void cgroup_processes(void) { expect_no_wider_limit("pids", "pids.max", "pids.max"); }
static void cgroup_devices(void) {
  if (mount_cgroup("cgroup", "devices") < 0) refused("mount cgroup devices: %s", strerror(errno));
  expect_refusal(write_file("/tmp/cgroup/devices.allow", "a"), "devices.allow");
}
static void cgroup_release_agent(void) {
  if (mount_cgroup("cgroup", "memory,release_agent=/tmp/x") < 0 && mount_cgroup("cgroup", "release_agent=/tmp/x,none,name=x") < 0)
    refused("mount with a release agent: %s", strerror(errno));
  expect_refusal(write_file("/tmp/cgroup/release_agent", "/tmp/x"), "release_agent");
}
static void cgroup_of_another(void) {
  /* argument: another container's number. Its group must not even be seen. */
  const char *types[] = {"cgroup", "cgroup2"};
  char path[200];
  for (int i = 0; i < 2; ++i) {
    if (mount_cgroup(types[i], i == 0 ? "memory" : NULL) < 0) continue;
    const char *patterns[] = {"/tmp/cgroup/../%s/cgroup.procs", "/tmp/cgroup/vz/%s/cgroup.procs", "/tmp/cgroup/%s/cgroup.procs"};
    for (int p = 0; p < 3; ++p) {
      snprintf(path, sizeof path, patterns[p], argument);
      if (write_file(path, "0") == 0) succeeded("joined %s", path);
    }
    umount2("/tmp/cgroup", MNT_DETACH);
  }
  refused("the other's group is not to be seen");
}
static void cgroup_root(void) {
  /* Out of its own group, upwards. */
  const char *mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/tmp/cgroup"};
  char path[200];
  mount_cgroup("cgroup", "memory");
  for (int i = 0; i < 3; ++i) {
    snprintf(path, sizeof path, "%s/../cgroup.procs", mounts[i]);
    if (write_file(path, "0") == 0) succeeded("wrote %s", path);
  }
  FILE *groups = fopen("/proc/self/cgroup", "r");
  char line[512];
  while (groups != NULL && fgets(line, sizeof line, groups))
    if (strstr(line, "/..") != NULL) succeeded("outside: %s", line);
  refused("there is nothing above its own group");
}

/* --- network ------------------------------------------------------------------------------------------------- */

/* argument: SOURCE,DESTINATION,PORT. A datagram from another's address; the test looks whether it arrives. */
static void network_spoof(void) {
  char text[200];
  strncpy(text, argument, sizeof text - 1);
  char *source = strtok(text, ","), *destination = strtok(NULL, ","), *port = strtok(NULL, ",");
  unsigned char packet[64] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17};
  unsigned octets[4];
  for (int which = 0; which < 2; ++which) {
    sscanf(which == 0 ? source : destination, "%u.%u.%u.%u", octets, octets + 1, octets + 2, octets + 3);
    for (int i = 0; i < 4; ++i) packet[12 + 4 * which + i] = (unsigned char)octets[i];
  }
  const char payload[] = "spoofed";
  packet[3] = 20 + 8 + sizeof payload;
  packet[20] = 0x30, packet[21] = 0x39;
  packet[22] = (unsigned char)(atoi(port) >> 8), packet[23] = (unsigned char)atoi(port);
  packet[25] = 8 + sizeof payload;
  memcpy(packet + 28, payload, sizeof payload);
  const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (fd < 0) refused("raw socket: %s", strerror(errno));
  struct sockaddr_in to = {.sin_family = AF_INET};
  memcpy(&to.sin_addr, packet + 16, 4);
  for (int i = 0; i < 5; ++i) sendto(fd, packet, packet[3], 0, (struct sockaddr *)&to, sizeof to);
  printf("sent\n");
}
/* argument: PORT. Prints what comes there, with whose address, for two seconds. */
static void receive(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argument))};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const struct timeval limit = {2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) refused("bind: %s", strerror(errno));
  printf("listening\n");
  fflush(stdout);
  char text[100] = "";
  socklen_t size = sizeof address;
  if (recvfrom(fd, text, sizeof text - 1, 0, (struct sockaddr *)&address, &size) < 0) {
    printf("nothing\n");
  } else {
    const unsigned char *octets = (const unsigned char *)&address.sin_addr;
    printf("%s from %u.%u.%u.%u\n", text, octets[0], octets[1], octets[2], octets[3]);
  }
}
static void network_host_interfaces(void) {
  struct if_nameindex *all = if_nameindex();
  for (int i = 0; all != NULL && all[i].if_index != 0; ++i)
    if (strcmp(all[i].if_name, argument) == 0) succeeded("the host's %s is seen", argument);
  refused("only its own interfaces are seen");
}

/* --- bombs: run until killed or refused; the test looks at the others ------------------------------------------ */

static void bomb_fork(void) {
  signal(SIGCHLD, SIG_IGN);
  unsigned made = 0;
  for (unsigned tries = 0; tries < 100000; ++tries) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) pause();
    }
    if (child > 0) ++made;
    else if (errno == EAGAIN || errno == ENOMEM) break;
  }
  const int error = errno;
  kill(-getpgrp(), 0);
  if (made >= 100000) succeeded("100000 processes");
  printf("refused: after %u processes: %s\n", made, strerror(error));
}
static void bomb_memory(void) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) {
      char *block = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (block == MAP_FAILED) _exit(2);
      memset(block, 1, 16 << 20);
    }
  }
  int status;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) refused("killed by signal %d", WTERMSIG(status));
  refused("no more memory");
}
static void bomb_tmpfs(void) {
  char name[64];
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  const pid_t child = fork();
  if (child == 0) {
    mkdir("/tmp/fill", 0700);
    mount("fill", "/tmp/fill", "tmpfs", 0, "size=100g,nr_inodes=0");
    for (unsigned i = 0;; ++i) {
      snprintf(name, sizeof name, "/tmp/fill/%u", i);
      const int fd = open(name, O_WRONLY | O_CREAT, 0600);
      if (fd < 0 || write(fd, block, sizeof block) < 0) _exit(2);
      close(fd);
    }
  }
  int status;
  waitpid(child, &status, 0);
  umount2("/tmp/fill", MNT_DETACH);
  if (WIFSIGNALED(status)) refused("killed by signal %d", WTERMSIG(status));
  refused("no more space");
}
static void bomb_files(void) {
  /* Descriptors, in as many processes as there may be. */
  unsigned long all = 0;
  int report[2];
  pipe(report);
  for (int p = 0; p < 64; ++p) {
    const pid_t child = fork();
    if (child < 0) break;
    if (child == 0) {
      unsigned count = 0;
      while (count < 1000000 && syscall(SYS_eventfd2, 0, 0) >= 0) ++count;
      write(report[1], &count, sizeof count);
      pause();
    }
    unsigned count;
    if (read(report[0], &count, sizeof count) == sizeof count) all += count;
  }
  kill(0, SIGTERM);
  refused("after %lu descriptors", all);
}
static void bomb_inodes(void) {
  char name[64];
  mkdir("/root/inodes", 0700);
  for (unsigned i = 0; i < 200000; ++i) {
    snprintf(name, sizeof name, "/root/inodes/%u", i);
    const int fd = open(name, O_WRONLY | O_CREAT, 0600);
    if (fd < 0) refused("after %u files: %s", i, strerror(errno));
    close(fd);
  }
  succeeded("200000 files");
}

/* --- races: run until killed ---------------------------------------------------------------------------------- */

/* argument: a directory of the host with a file `secret`. Whoever walks /root/race from outside by name finds a directory
 * one moment and a symlink to that directory the next. */
static void race_walk(void) {
  char directory[64], link[64], file[80];
  mkdir("/root/race", 0755);
  for (int i = 0; i < 40; ++i) {
    snprintf(directory, sizeof directory, "/root/race/d%d", i);
    snprintf(link, sizeof link, "/root/race/l%d", i);
    snprintf(file, sizeof file, "%s/secret", directory);
    mkdir(directory, 0755);
    close(open(file, O_WRONLY | O_CREAT, 0644));
    symlink(argument, link);
  }
  printf("racing\n");
  fflush(stdout);
  for (int i = 0;; i = (i + 1) % 40) {
    snprintf(directory, sizeof directory, "/root/race/d%d", i);
    snprintf(link, sizeof link, "/root/race/l%d", i);
    renameat2(AT_FDCWD, directory, AT_FDCWD, link, RENAME_EXCHANGE);
  }
}

struct attempt {
  const char *name;
  void (*make)(void);
};
#define ATTEMPT(name) {#name, name}
static const struct attempt kAttempts[] = {
    ATTEMPT(kernel_module), ATTEMPT(kernel_module_file), ATTEMPT(kernel_module_removal), ATTEMPT(kernel_kexec),
    ATTEMPT(kernel_log), ATTEMPT(kernel_log_device), ATTEMPT(kernel_log_proc), ATTEMPT(kernel_memory),
    ATTEMPT(kernel_memory_device), ATTEMPT(kernel_ports), ATTEMPT(kernel_port_range), ATTEMPT(kernel_keys),
    ATTEMPT(kernel_key_list), ATTEMPT(kernel_bpf), ATTEMPT(kernel_perf), ATTEMPT(kernel_io_uring), ATTEMPT(kernel_timers),
    ATTEMPT(kernel_clock), ATTEMPT(kernel_clock_rate), ATTEMPT(kernel_swap), ATTEMPT(kernel_accounting), ATTEMPT(kernel_quota),
    ATTEMPT(kernel_reboot_command), ATTEMPT(proc_sysrq), ATTEMPT(proc_core_pattern), ATTEMPT(proc_modprobe), ATTEMPT(proc_panic),
    ATTEMPT(proc_memory_setting), ATTEMPT(proc_file_maximum), ATTEMPT(proc_binfmt), ATTEMPT(proc_irq), ATTEMPT(proc_pci),
    ATTEMPT(proc_oom_immunity), ATTEMPT(proc_another_proc), ATTEMPT(sys_another_sysfs), ATTEMPT(sys_uevent_helper),
    ATTEMPT(sys_hugepages), ATTEMPT(sys_power), ATTEMPT(sys_unbind), ATTEMPT(sys_debugfs), ATTEMPT(sys_tracefs), ATTEMPT(sys_securityfs),
    ATTEMPT(device_disk_node), ATTEMPT(device_disk_mount), ATTEMPT(device_disk_by_sysfs), ATTEMPT(device_devtmpfs),
    ATTEMPT(device_own_filesystem), ATTEMPT(file_by_handle), ATTEMPT(file_chroot), ATTEMPT(file_unmount_root), ATTEMPT(file_pivot_root),
    ATTEMPT(file_of_first_process), ATTEMPT(file_host_mount), ATTEMPT(file_descriptor_of_host), ATTEMPT(file_idmap),
    ATTEMPT(process_ptrace), ATTEMPT(process_signal), ATTEMPT(process_pidfd), ATTEMPT(process_namespaces),
    ATTEMPT(process_parent_namespace), ATTEMPT(process_parent_pids), ATTEMPT(process_nice), ATTEMPT(process_realtime),
    ATTEMPT(process_cpus), ATTEMPT(process_abstract_socket), ATTEMPT(cgroup_memory), ATTEMPT(cgroup_processes), ATTEMPT(cgroup_devices),
    ATTEMPT(cgroup_release_agent), ATTEMPT(cgroup_of_another), ATTEMPT(cgroup_root), ATTEMPT(network_spoof),
    ATTEMPT(network_host_interfaces), ATTEMPT(bomb_fork), ATTEMPT(bomb_memory), ATTEMPT(bomb_tmpfs), ATTEMPT(bomb_files),
    ATTEMPT(bomb_inodes), ATTEMPT(project_change), ATTEMPT(race_walk), ATTEMPT(receive),
};

int main(int argc, char **argv) {
  if (argc > 2) argument = argv[2];
  for (size_t i = 0; i < sizeof kAttempts / sizeof *kAttempts; ++i) {
    if (argc < 2) {
      puts(kAttempts[i].name);
    } else if (strcmp(argv[1], kAttempts[i].name) == 0) {
      setpgid(0, 0);
      kAttempts[i].make();
      return 0;
    }
  }
  return argc < 2 ? 0 : 2;
}
