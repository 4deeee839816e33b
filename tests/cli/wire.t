#!/usr/bin/perl
#
# wire.t - the lines that mtaguard wire prints, and that Postfix reads them.
#
use strict;
use warnings;
use File::Temp qw(tempdir);

my $program = "$ENV{top_builddir}/mtaguard";
my $directory = tempdir(CLEANUP => 1);
my $count = 0;
my $failures = 0;

chdir $directory or die;

sub ok {
	my ($held, $name, @notes) = @_;
	$count++;
	$failures++ unless $held;
	print $held ? 'ok' : 'not ok', " $count - $name\n";
	return if $held;
	for my $note (@notes) {
		print "# $_\n" for split /\n/, $note;
	}
}

sub is {
	my ($got, $want, $name) = @_;
	ok($got eq $want, $name, "got  $got", "want $want");
}

sub has {
	my ($output, $line, $name) = @_;
	ok(index("\n$output", "\n$line\n") >= 0, $name, "no line $line",
	    $output);
}

sub put {
	my ($path, $text) = @_;
	open(my $file, '>', $path) or die "$path: $!";
	print $file $text;
	close $file or die;
}

sub run {
	my ($command) = @_;
	my $output = `$command 2>errors`;
	my $status = $?;
	open(my $file, '<', 'errors') or die;
	local $/;
	return ($status >> 8, $output, scalar <$file> // '');
}

# Writes a policy file with these settings, and wires it.
sub wire {
	my ($settings, @options) = @_;
	put('guard.conf', <<"END");
networks = { local = [ "127.0.0.0/8", "::1" ]; };
destinations = [ "mta" ];
relay = ( { name = "host"; from = "local"; } );
$settings
END
	return run("$program wire -c guard.conf @options");
}

# What is no comment: continued lines in one, white space in one.
sub values_of {
	my ($output) = @_;
	$output =~ s/^#.*\n//mg;
	$output =~ s/\n[ \t]+(?!-o)/ /g;
	return join '', map { s/ +/ /gr . "\n" } grep { /\S/ }
	    split /\n/, $output;
}

my $policy = 'policy = "unix:/var/spool/postfix/mtaguard/policy";';
my $milter = 'milter = "unix:/run/mtaguard/milter";';
my $guard = 'check_policy_service { unix:mtaguard/policy, timeout=3s, ' .
    'try_limit=2, retry_delay=1s, ' .
    '{ default_action = 451 4.3.0 Relay guard unavailable } }';
my ($status, $output, $errors);

# ---- Postfix

($status, $output, $errors) = wire("listen = { $policy };", '--postfix');
is("$status$errors", '0', 'Postfix: status');
is(values_of($output), "smtpd_relay_restrictions = $guard, permit_mynetworks, " .
    "permit_sasl_authenticated, reject_unauth_destination\n",
    'the guard stands first, and puts off while it is down');
ok($output !~ /^(?!#).*milter/m && $output !~ /submission.*\n.*\n  -o/,
    'nothing that the policy file does not name', $output);
ok($output =~ /^#.*smtpd +pass /m, 'what postscreen needs', $output);
ok($output =~ /^# when_down = "defer"/m, 'what when_down means', $output);

($status, $output) = wire("when_down = \"mta\"; listen = { $policy };",
    '--postfix');
has(values_of($output), 'smtpd_relay_restrictions = check_policy_service { ' .
    'unix:mtaguard/policy, timeout=3s, try_limit=2, retry_delay=1s, ' .
    'default_action=DUNNO }, permit_mynetworks, permit_sasl_authenticated, ' .
    'reject_unauth_destination', 'when_down = "mta"');
ok($output =~ /^# .*only if they are closed/m, 'and its condition', $output);

($status, $output) = wire("roles = [ \"mx\", \"submission\" ];
    listen = { $policy };", '--postfix');
is(scalar(my @services = values_of($output) =~ /^ *-o \{ smtpd_relay_restrictions = \Q$guard\E, permit_mynetworks, permit_sasl_authenticated, reject \}$/mg),
    2, 'submission: two services, closed');
ok($output =~ /service submission,/ && $output =~ /service submissions /,
    'by the names of master.cf', $output);
($status, $output) = wire("clients = ( { ports = [ 25 ]; only = \"granted\"; } );
    listen = { $policy };", '--postfix');
ok($output !~ /Below the line of the service/,
    'port 25 is that of main.cf', $output);
($status, $output) = wire("clients = ( { ports = [ 2525 ]; only = \"granted\"; } );
    listen = { $policy };", '--postfix');
ok($output =~ /^# Below the line of the service 2525,.*\n.*\n  -o .* reject \}$/m,
    'a port of clients', $output);
($status, $output) = wire("clients = \"granted\"; listen = { $policy };",
    '--postfix');
ok(values_of($output) =~ /permit_sasl_authenticated, reject$/m,
    'clients = "granted" closes port 25 too', $output);

my @cases = (
	[ 'policy = "unix:/run/mtaguard/policy";', 'unix:/run/mtaguard/policy' ],
	[ 'policy = "inet:127.0.0.1:9998";', 'inet:127.0.0.1:9998' ],
	[ 'policy = "inet:[::1]:9998";', 'inet:[::1]:9998' ],
	[ 'policy = "inet:*:9998";', 'inet:127.0.0.1:9998' ],
	[ 'policy = "systemd:";', 'unix:mtaguard/policy' ],
	[ 'policy = [ "systemd:", "inet:127.0.0.1:9998" ];',
	    'inet:127.0.0.1:9998' ],
);
for my $case (@cases) {
	my ($setting, $address) = @$case;
	($status, $output, $errors) = wire("listen = { $setting };",
	    '--postfix');
	ok($output =~ /check_policy_service \{ \Q$address\E,/, $setting,
	    $output, $errors);
	is($output =~ /^# .*chrooted/m ? 'warns' : '',
	    $address =~ m{^unix:/} ? 'warns' : '', "of chroot: $setting");
}

($status, $output) = wire("listen = { $milter };", '--postfix');
is(values_of($output), <<'END', 'the milter of Postfix');
smtpd_milters = unix:/run/mtaguard/milter
milter_default_action = tempfail
milter_connect_timeout = 3s
milter_command_timeout = 10s
END
ok($output !~ /non_smtpd_milters/, 'never for mail without SMTP', $output);
($status, $output) = wire("when_down = \"mta\"; listen = { $milter };",
    '--postfix');
has($output, 'milter_default_action = accept', 'when_down = "mta"');
($status, $output) = wire("mode = \"observe\"; listen = { $milter };",
    '--postfix');
ok($output =~ /^# mode = "observe": nothing is refused/m,
    'that nothing is refused is said', $output);

# ---- that Postfix reads them

sub configure {
	my ($output, $main) = @_;
	my ($from_main, $from_master) = split /^# ---- master.cf.*\n/m, $output;
	put('postfix/main.cf', "compatibility_level = 3.6\n$from_main");
	my $services = '';
	while ($from_master =~ /service (\w+).*\n.*\n(  -o .*\n)/g) {
		$services .= "$1 inet n - y - - smtpd\n$2";
	}
	put('postfix/master.cf', "smtp inet n - y - - smtpd\n$services");
}

my $postconf = (grep { -x } map { "$_/usr/sbin/postconf" }
    grep { defined } $ENV{MTAGUARD_TEST_POSTFIX}, '')[0];
if (defined $postconf) {
	my $wanted = "$guard, permit_mynetworks, permit_sasl_authenticated,";
	mkdir 'postfix' or die;
	($status, $output) = wire("roles = [ \"submission\" ];
	    listen = { $policy };", '--postfix');
	configure($output);
	($status, $output, $errors) = run("$postconf -c postfix -n");
	is($status, 0, 'postconf -n reads main.cf');
	ok($errors !~ /warning.*(unused|unknown)|fatal/, 'without a complaint',
	    $errors);
	has($output, "smtpd_relay_restrictions = $wanted " .
	    'reject_unauth_destination', 'as one value');
	($status, $output, $errors) = run("$postconf -c postfix -P");
	is("$status$errors", '0', 'postconf -P reads master.cf');
	for my $service (qw(submission submissions)) {
		has($output, "$service/inet/smtpd_relay_restrictions = " .
		    "$wanted reject", "service $service");
	}
} else {
	$count++;
	print "ok $count - that Postfix reads them # SKIP no postconf\n";
}

# ---- Sendmail

($status, $output, $errors) = wire("listen = { $milter };", '--sendmail');
is("$status$errors", '0', 'Sendmail: status');
has($output, q{INPUT_MAIL_FILTER(`mtaguard', `S=unix:/run/mtaguard/milter, } .
    q{F=T, T=C:3s;S:5s;R:10s;E:30s')dnl}, 'puts off while the guard is down');
ok($output !~ /^(?!dnl |INPUT_MAIL_FILTER|$)/m, 'all else is a comment of m4',
    $output);
ok($output !~ /WARNING/, 'nothing to warn of', $output);
($status, $output) = wire("when_down = \"mta\"; listen = { $milter };",
    '--sendmail');
has($output, q{INPUT_MAIL_FILTER(`mtaguard', `S=unix:/run/mtaguard/milter, } .
    q{T=C:3s;S:5s;R:10s;E:30s')dnl}, 'when_down = "mta" has no F=');
($status, $output) = wire('listen = { milter = "inet:127.0.0.1:9999"; };',
    '--sendmail');
ok($output =~ /S=inet:9999\@127\.0\.0\.1, F=T/, 'inet is port@host', $output);
ok($output =~ /WARNING: over inet.*44 ms/, 'and slow', $output);
($status, $output) = wire('listen = { milter = "inet:[::1]:9999"; };',
    '--sendmail');
ok($output =~ /S=inet6:9999\@::1, F=T/, 'inet6 is named', $output);

# ---- systemd

($status, $output) = wire("listen = { $policy $milter };", '--systemd');
has($output, 'systemctl enable --now mtaguard-policy.socket ' .
    'mtaguard-policy.service mtaguard-milter.service', 'units to enable');
has($output, "[Unit]\nWants=mtaguard-policy.service mtaguard-milter.service\n" .
    'After=mtaguard-policy.service mtaguard-milter.service', 'the drop-in');
ok($output =~ m{^\[Service\]\nExecStartPre=-/\S+/mtaguard check --gate }m,
    'the check before the start', $output);
has($output, '# systemctl enable --now mtaguard-check.timer ' .
    'mtaguard-check.path', 'while it runs');
($status, $output) = wire("listen = { $milter };", '--systemd');
ok($output !~ /mtaguard-policy/, 'only what listens', $output);

# ---- mistakes

@cases = (
	[ 78, 'listen names no address; for Postfix: listen = { policy = ',
	    '', '--postfix' ],
	[ 78, 'listen.milter names no address', "listen = { $policy };",
	    '--sendmail' ],
	[ 78, 'listen names no address', '', '--systemd' ],
	[ 78, 'guard.conf:4: ', 'mode = "enfroce";', '--postfix' ],
	[ 64, 'say what to wire', '', '' ],
	[ 64, 'one of --postfix', '', '--postfix --sendmail' ],
	[ 64, '"x" is not an option', '', '--postfix x' ],
	[ 64, 'unrecognized option', '', '--exim' ],
);
for my $case (@cases) {
	my ($want, $error, $settings, $options) = @$case;
	($status, $output, $errors) = wire($settings, $options);
	is($status, $want, "status: $error");
	ok(index($errors, $error) >= 0, "told: $error", $errors);
	ok($output !~ /^(?!#|dnl)./m, "nothing to copy: $error", $output);
}
is(system("$program wire --help >output") >> 8, 0, 'wire --help');

print "1..$count\n";
exit($failures ? 1 : 0);
