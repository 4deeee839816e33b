#!/usr/bin/perl
#
# explain_mta.t - what mtaguard explain --mta says, for the files of a host
# that is made up here.
#
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use POSIX qw(mkfifo);

my $program = "$ENV{top_builddir}/mtaguard";
$program = "$ENV{PWD}/$program" unless $program =~ m,^/,;
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

sub put {
	my ($path, $text) = @_;
	open(my $file, '>:raw', $path) or die "$path: $!";
	print $file $text;
	close $file or die;
}

sub get {
	my ($path) = @_;
	open(my $file, '<:raw', $path) or die "$path: $!";
	local $/;
	return scalar <$file> // '';
}

my @host = ('--hostname', 'mail.ours.test', '--interfaces', '192.0.2.10/24',
    '--mta-version', '3.7.11');

# Runs mtaguard explain --mta for the host; its status, output and errors.
sub explain {
	return run('explain', '--config', 'postfix', @host, @_);
}

sub run {
	my $pid = fork() // die;
	if ($pid == 0) {
		open(STDIN, '<', '/dev/null') or die;
		open(STDOUT, '>', 'output') or die;
		open(STDERR, '>', 'errors') or die;
		exec($program, @_) or die;
	}
	waitpid($pid, 0);
	ok(($? & 127) == 0, "no signal: @_", "status $?");
	return ($? >> 8, get('output'), get('errors'));
}

my $main = <<'';
compatibility_level = 3.6
mydestination = ours.test
relay_domains = relay.test
local_recipient_maps =
mynetworks = 10.0.0.0/8
smtpd_relay_restrictions =
    permit_mynetworks,
    check_client_access texthash:/etc/postfix/clients,
    reject_unauth_destination

mkdir 'postfix' or die;
put('postfix/main.cf', $main);
put('postfix/master.cf', <<'');
smtp inet n - n - - smtpd
10025 inet n - n - - smtpd
  -o smtpd_relay_restrictions=permit
127.0.0.1:10026 inet n - n - - smtpd
587 inet n - n - - smtpd
  -o { smtpd_relay_restrictions = check_policy_service inet:127.0.0.1:9,
    reject_unauth_destination }

put('postfix/clients', "# partners\npartner.test OK\n");
put('sessions.tsv', <<"");
id\tport\tclient_addr\tclient_name\thelo\tsender\trecipient
stranger\t25\t203.0.113.9\t\tx\ta\@b.test\tu\@outside.test
ours\t25\t203.0.113.9\t\tx\ta\@b.test\tu\@ours.test
trusted\t25\t10.1.1.1\t\tx\ta\@b.test\tu\@outside.test
partner\t\t203.0.113.9\tmx.partner.test\tx\ta\@b.test\tu\@outside.test
routed\t25\t203.0.113.9\t\tx\ta\@b.test\tu%outside.test\@ours.test
syntax\t25\t203.0.113.9\t\tx\ta\@b.test\tu\@203.0.113.9
dead\t10025\t203.0.113.9\t\tx\ta\@b.test\tu\@outside.test
local\t10026\t127.0.0.1\t\tx\ta\@b.test\tu\@outside.test
closed\t26\t203.0.113.9\t\tx\ta\@b.test\tu\@outside.test
policy\t587\t203.0.113.9\t\tx\ta\@b.test\tu\@outside.test
spared\t587\t203.0.113.9\t\tx\ta\@203.0.113.9\tu\@outside.test

my %want = (
	stranger => "REJECT\treject_unauth_destination\tpostfix/main.cf:9",
	ours => "ACCEPT\tend-of-lists\t-",
	trusted => "ACCEPT\tpermit_mynetworks\tpostfix/main.cf:5",
	partner => "ACCEPT\tcheck_client_access\tpostfix/clients:2",
	routed => "REJECT\treject_unauth_destination\tpostfix/main.cf:9",
	syntax => "REJECT\taddress-syntax\t-",
	dead => "REJECT\tdoes-not-start\t-",
	local => "REJECT\tnobody-listens\t-",
	closed => "REJECT\tnobody-listens\t-",
	policy => "UNKNOWN\tcheck_policy_service\tpostfix/master.cf:6",
	spared => "REJECT\taddress-syntax\t-",
);
my ($status, $output, $errors) = explain('--mta', '--sessions', 'sessions.tsv');
is($status, 0, 'sessions are judged');
is($errors, '', 'nothing is wrong with them');
my %got = map { split /\t/, $_, 2 } split /\n/, $output;
for my $id (sort keys %want) {
	is($got{$id} // 'nothing', $want{$id}, "$id is judged as Postfix does");
}

my @session = ('client=203.0.113.9', 'name=mx.partner.test', 'helo=x',
	'from=a@b.test', 'rcpt=u@outside.test');
($status, $output) = explain('--mta', @session);
ok($output =~ /^ACCEPT /m, 'a session in arguments is judged', $output);
ok($output =~ /check_client_access .* has partner\.test = OK: permit/,
	'with the entry that let it in', $output);
ok($output =~ /^relayed /m, 'and whether it is relaying', $output);

($status, $output) = explain('--mta', '--format', 'json', @session);
my $answer = decode_json($output);
is($answer->{verdict}, 'ACCEPT', 'JSON has the verdict');
is($answer->{class}, 'default', 'JSON has the class');
ok($answer->{outside}, 'JSON says that it goes outside');
ok((grep { $_->{key} eq "partner.test" } @{ $answer->{steps} }) == 1,
	"JSON has the key");

put('guard.conf', 'networks = { own = [ "10.0.0.0/8" ]; };' .
	' destinations = [ "ours.test" ];' .
	' relay = ( { name = "own"; from = "own"; } );');
($status, $output, $errors) = explain('--mta', '--guard', '-c', 'guard.conf',
	'--sessions', 'sessions.tsv');
is($status, 0, 'the guard can be asked beside the MTA');
ok($output =~ /^partner\tACCEPT\tcheck_client_access\t\S+\tREJECT\t/m,
	'and refuses what the MTA would relay', $output, $errors);

for my $wrong (['--guard', @session], [@session]) {
	($status, undef, $errors) = explain(@$wrong);
	is($status, 64, "without --mta it is misused: @$wrong");
}

put('postfix/main.cf', "$main" . "smtpd_restriction_classes = nothing\n");
($status, $output) = explain('--mta', '--sessions', 'sessions.tsv');
ok($output =~ /^ours\tREJECT\tdoes-not-start\tpostfix\/main.cf:10$/m,
	'a class without a definition is told', $output);

($status, $output) = explain('--mta', '--root', '.', '--config', '/postfix',
	'--sessions', 'sessions.tsv');
ok($output =~ m{^ours\tREJECT\tdoes-not-start\t\./postfix/main\.cf:10$}m,
	'below a root, a place is called as the user calls it', $output);

unlink 'postfix/main.cf';
mkfifo('postfix/main.cf', 0600);
($status, $output) = explain('--mta', '--sessions', 'sessions.tsv');
ok($output =~ m{^ours\tUNKNOWN\tconfiguration\tpostfix/main\.cf$}m,
	'nothing is judged by what is built in where main.cf is not read',
	$output);

# A tree with nothing but main.cf and the source of a map.
mkdir $_ or die for qw(tree tree/etc tree/etc/postfix);
put('tree/etc/postfix/main.cf', <<'');
mydestination = ours.test
local_recipient_maps =
smtpd_relay_restrictions =
    check_client_access hash:/etc/postfix/clients
    reject_unauth_destination

put('tree/etc/postfix/clients', "# comment\n203.0.113 OK\n");
my @tree = ('--root', 'tree', @host);
($status, $output) = run('explain', '--mta', @tree, '--format', 'json',
    'client=203.0.113.9', 'rcpt=a@b.example');
is($status, 0, 'a tree is judged without master.cf and built maps');
$answer = decode_json($output);
is($answer->{verdict}, 'ACCEPT', 'by the stock service and the source');
is($answer->{file} // 'none', 'tree/etc/postfix/clients',
    'the place is in the tree, once');
is($answer->{line} // 0, 2, 'and its line');
($status, $output) = run('prove', @tree, '--format', 'json');
is($status, 1, 'nor is it closed since nothing would start');
my %places = map { $_ => 1 } $output =~ /"file": "([^"]*)"/g;
is(join(' ', sort keys %places), 'tree/etc/postfix/clients',
    'its places are in the tree, too');

# What no version knows may be of one that nobody has told.
put('tree/etc/postfix/main.cf', <<'');
smtpd_relay_restrictions = permit_by_oracle, reject_unauth_destination

my @stranger = ('client=203.0.113.9', 'rcpt=a@b.example');
($status, $output) = run('explain', '--mta', @tree, '--format', 'json',
    @stranger);
is(decode_json($output)->{verdict}, 'DEFER',
    'a version answers 451 for a restriction that it does not know');
($status, $output) = run('explain', '--mta', '--root', 'tree', '--hostname',
    'mail.ours.test', '--format', 'json', @stranger);
is(decode_json($output)->{verdict}, 'UNKNOWN',
    'but which version it is, must be told');
($status, $output) = run('prove', '--root', 'tree', '--hostname',
    'mail.ours.test');
is($status, 2, 'so that is not closed');
ok($output =~ m{permit_by_oracle.*give --mta-version.*tree/etc/postfix/main\.cf:1}s,
    'and the place is told, and what would decide it', $output);

print "1..$count\n";
exit($failures > 0);
