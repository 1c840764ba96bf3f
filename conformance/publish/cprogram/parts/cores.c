//: if core
/* ---- Core dumps ---- */

/* Cores go to a directory of their own. The kernel writes none for a limit of less than a page. */
static char core_folder[] = "/tmp/cores-XXXXXX";

static void make_room_for_cores(void)
{
    char pattern[130];
    int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : read(fd, pattern, sizeof pattern - 1);
    struct rlimit limit = {(rlim_t)sysconf(_SC_PAGESIZE), (rlim_t)sysconf(_SC_PAGESIZE)};
    close(fd);
    pattern[n > 0 ? n : 0] = 0;
    if (n <= 0 || strpbrk(pattern, "|/@"))
        give_up("cores do not go to the directory of who dies: see /proc/sys/kernel/core_pattern");
    if (setrlimit(RLIMIT_CORE, &limit) < 0)
        give_up("this needs a limit for cores of a page at least: ulimit -H -c");
    if (!mkdtemp(core_folder) || chmod(core_folder, 01777) < 0 || chdir(core_folder) < 0)
        give_up("there is no place for cores in /tmp");
}

static void remove_cores(void)
{
    DIR *directory = opendir(".");
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        unlink(entry->d_name);
    if (directory)
        closedir(directory);
    rmdir(core_folder);
}
//: end
