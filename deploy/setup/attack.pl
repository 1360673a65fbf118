# What somebody who has taken over a service would try, each line `open` or `held`: test-dist.sh runs it as root, where all of it is
# open, and inside each service's sandbox (ExecStartPre). Perl, since Debian always has it: perl-base is essential.
#   perl attack.pl FOLDER    that may be written
use strict;
use warnings;
use Config;

my $folder = shift or die "usage: perl attack.pl FOLDER\n";
my $is_arm = $Config{archname} =~ /aarch64/;
my %number = $is_arm ? (mmap => 222, personality => 92, sethostname => 161, ptrace => 117, mount => 40, unshare => 97)
                     : (mmap => 9, personality => 135, sethostname => 170, ptrace => 101, mount => 165, unshare => 272);

# One attack a child: what succeeds must not reach the next.
sub attack {
    my ($name, $try) = @_;
    my $child = fork() // die "fork: $!\n";
    if ($child == 0) { exit($try->() ? 0 : 1); }
    waitpid($child, 0);
    print $name, ' ', ($? == 0 ? 'open' : 'held'), "\n";
}
# Opened for appending, and nothing written.
sub writable { my ($path) = @_; my $is_new = !-e $path; open(my $file, '>>', $path) or return 0; unlink $path if $is_new; return 1; }
sub called { my ($name, @rest) = @_; return syscall($number{$name}, @rest) != -1; }

$| = 1;
attack('write-programs', sub { writable('/usr/bin/velum-attack') });
attack('write-settings', sub { writable('/etc/velum-attack') });
attack('write-units', sub { writable('/etc/systemd/system/velum-attack.service') });
attack('write-groups', sub { writable('/sys/fs/cgroup/cgroup.procs') });
attack('write-kernel', sub { writable('/proc/sys/net/ipv4/ip_forward') });
attack('read-home', sub { open(my $file, '<', '/home/velum-attack-canary') });
attack('read-passwords', sub { open(my $file, '<', '/etc/shadow') });
attack('see-tmp', sub { -e '/tmp/velum-attack-canary' });
attack('see-processes', sub { open(my $file, '<', '/proc/1/comm') });
attack('device', sub { open(my $file, '+<', '/dev/net/tun') });
attack('packets', sub { socket(my $socket, 17, 3, 0) });
attack('netlink', sub { socket(my $socket, 16, 3, 0) });
attack('namespace', sub { called('unshare', 0x10000000) });
attack('mount', sub { my ($type, $at) = ('tmpfs', '/mnt'); called('mount', $type, $at, $type, 1, 0) && (system('umount', '/mnt'), 1) });
attack('hostname', sub { open(my $file, '<', '/etc/hostname') or return 0; chomp(my $name = <$file>); called('sethostname', $name, length $name) });
attack('personality', sub { called('personality', 8) });
attack('trace', sub { called('ptrace', 0, 0, 0, 0) });
attack('memory-written-and-run', sub { called('mmap', 0, 4096, 7, 0x22, -1, 0) });
attack('setuid-file', sub { my $path = "$folder/attack"; open(my $file, '>', $path) or return 0; my $is_set = chmod(04755, $path); unlink $path; return $is_set; });
