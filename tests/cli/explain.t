#!/usr/bin/perl
#
# explain.t - what mtaguard explain says, from each of its inputs.
#
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);

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

# Runs mtaguard explain; its status, output and errors.
sub explain {
	my ($input, @arguments) = @_;
	put('input', $input);
	my $pid = fork() // die;
	if ($pid == 0) {
		open(STDIN, '<', 'input') or die;
		open(STDOUT, '>', 'output') or die;
		open(STDERR, '>', 'errors') or die;
		exec($program, 'explain', @arguments) or die;
	}
	waitpid($pid, 0);
	ok(($? & 127) == 0, "no signal: @arguments", "status $?");
	return ($? >> 8, get('output'), get('errors'));
}

put('guard.conf', <<'END');
networks = { local = [ "127.0.0.0/8", "::1" ]; office = "192.0.2.0/24"; };
destinations = [ "example.com", "b\xc3\xbccher.example" ];
relay = (
  { name = "host"; from = "local"; },
  { name = "office"; from = "office"; senders = [ "example.com" ]; },
  { name = "users"; login = true; tls = true; ports = [ 587 ]; }
);
END
put('mta.conf', <<'END');
networks = { local = [ "127.0.0.0/8", "::1" ]; };
destinations = [ "mta" ];
relay = ( { name = "host"; from = "local"; } );
END
my @guard = ('-c', 'guard.conf');
my ($status, $output, $errors);

# The verdict, rule and place in a line of JSON.
sub judged {
	my (@arguments) = @_;
	my ($status, $output, $errors) =
	    explain('', '--format', 'json', @arguments);
	return "status $status: $errors" if $status != 0;
	my $answer = eval { decode_json($output) } or return "no JSON: $output";
	return join ' ', $answer->{verdict}, $answer->{rule},
	    defined $answer->{file} ? "$answer->{file}:$answer->{line}" : '-';
}

# ---- arguments

my @cases = (
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 rcpt=victim@outside.test) ],
	[ 'ACCEPT destinations guard.conf:2',
	    qw(client=203.0.113.9 rcpt=bob@example.com) ],
	[ 'ACCEPT destinations guard.conf:2',
	    qw(client=203.0.113.9 rcpt=<bob@EXAMPLE.com.>) ],
	[ 'ACCEPT destinations guard.conf:2',
	    'client=203.0.113.9', 'rcpt=bob@xn--bcher-kva.example' ],
	[ 'ACCEPT destinations guard.conf:2',
	    qw(client=unknown rcpt=Postmaster) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 rcpt=victim%outside.test@example.com) ],
	[ 'REJECT relay guard.conf:2',
	    'client=203.0.113.9', 'rcpt="v@outside.test"@example.com' ],
	[ 'ACCEPT host guard.conf:4',
	    qw(client=127.0.0.1 rcpt=victim@outside.test) ],
	[ 'ACCEPT host guard.conf:4',
	    qw(client=::1 rcpt=victim@outside.test) ],
	[ 'ACCEPT office guard.conf:5',
	    qw(client=192.0.2.7 from=a@example.com rcpt=v@outside.test) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=192.0.2.7 from=a@other.test rcpt=v@outside.test) ],
	[ 'ACCEPT users guard.conf:6',
	    qw(client=203.0.113.9 port=587 login=bob tls=TLSv1.3
	    rcpt=v@outside.test) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 port=587 login=bob rcpt=v@outside.test) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 login=bob tls=yes rcpt=v@outside.test) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 port=587 login=bob method=ANONYMOUS tls=yes
	    rcpt=v@outside.test) ],
	[ 'UNKNOWN stage -',
	    qw(client=203.0.113.9 stage=mail rcpt=v@outside.test) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 stage=ETRN etrn=outside.test) ],
	[ 'REJECT relay guard.conf:2',
	    qw(client=203.0.113.9 protocol=milter rcpt=v@outside.test) ],
	# the same facts, by the names of columns
	[ 'ACCEPT office guard.conf:5',
	    qw(client_addr=192.0.2.7 sender=a@example.com
	    recipient=v@outside.test) ],
);
for my $case (@cases) {
	my ($want, @words) = @$case;
	is(judged(@guard, @words), $want, "@words");
}
@cases = (
	[ 'UNKNOWN mta mta.conf:2',
	    qw(client=203.0.113.9 rcpt=v@outside.test) ],
	[ 'REJECT mta mta.conf:2',
	    qw(client=203.0.113.9 rcpt=v@outside.test protocol=milter
	    mta=postfix mailer=smtp host=outside.test addr=v@outside.test) ],
	[ 'ACCEPT mta mta.conf:2',
	    qw(client=203.0.113.9 rcpt=bob@example.com protocol=milter
	    mta=sendmail mailer=local addr=bob) ],
	[ 'DEFER relay mta.conf:2',
	    qw(client=203.0.113.9 rcpt=v@outside.test protocol=milter) ],
);
for my $case (@cases) {
	my ($want, @words) = @$case;
	$want =~ s/^REJECT mta/REJECT relay/;
	is(judged('--policy', 'mta.conf', @words), $want, "@words");
}

# ---- the laid-out text

($status, $output, $errors) = explain('', @guard,
    qw(client=203.0.113.9 rcpt=victim@outside.test from=a@b.test));
is($status, 0, 'an answer, whatever it is, is no failure');
is($errors, '', 'and nothing is on standard error');
# The reasons are the engine's; what stands around them is tested here.
$output =~ s/^( *\d+\. [a-z ]+: [a-z]+), \S.*  (\[.*\])$/$1 $2/mg;
is($output, <<'END', 'the text has session, steps, decision and reply');
stage       RCPT
client      203.0.113.9
port        25
from        <a@b.test>
rcpt        <victim@outside.test>

 1. grant host: no [guard.conf:4]
 2. grant office: no [guard.conf:5]
 3. grant users: no [guard.conf:6]
 4. destination destinations: no [guard.conf:2]

REJECT      the guard refuses it
by          relay (relay) at guard.conf:2
policy      action=554 5.7.1 Relay access denied
END
($status, $output) = explain('', '-c', 'mta.conf',
    qw(client=203.0.113.9 rcpt=v@outside.test));
ok($output =~ /^policy +action=reject_unauth_destination$/m,
    'the question to the MTA is shown as Postfix gets it', $output);
($status, $output) = explain('', @guard,
    qw(client=203.0.113.9 protocol=milter rcpt=v%x@outside.test));
ok($output =~ /^milter +554 5\.7\.1 <v%x\@outside\.test>: Relay access denied/m,
    'a reply over the milter is as the client sees it', $output);
($status, $output) = explain('', @guard, 'client=203.0.113.9',
    "rcpt=\e[31mv\@outside.test");
ok($output !~ /\e/ && $output =~ /\\x1b\[31mv/,
    'nothing of the input steers a terminal', $output);

# script(1) gives the program a terminal.
if (system('command -v script >/dev/null') == 0) {
	my $call = "$program explain -c guard.conf client=::2 rcpt=v\@x.test";
	delete local $ENV{NO_COLOR};
	ok(`script -qec '$call' /dev/null` =~ /^\e\[31mREJECT +\e\[0m/m,
	    'a terminal shows colours');
	local $ENV{NO_COLOR} = '1';
	ok(`script -qec '$call' /dev/null` =~ /^REJECT /m,
	    'unless NO_COLOR is set');
} else {
	$count++;
	print "ok $count - a terminal shows colours # SKIP no script\n";
}

# ---- policy requests

my $request = join "\n", 'request=smtpd_access_policy', 'protocol_state=RCPT',
    'client_address=203.0.113.9', 'sender=', 'recipient=v@outside.test', '', '';
my $ours = $request =~ s/v\@outside/bob\@example/r =~ s/example\.test/example.com/r;
($status, $output, $errors) = explain($request . $ours . "\n" . $request,
    @guard, '--format', 'json');
is($status, 0, 'requests: status');
is(join(' ', map { my $a = decode_json($_); "$a->{id}$a->{verdict}" }
    split /\n/, $output), '1REJECT 2ACCEPT 3REJECT', 'each is answered');
($status, $output) = explain($request . $ours, @guard);
is(scalar(my @replies = $output =~ /^policy +action=/mg), 2,
    'and laid out as text');
($status, $output, $errors) = explain($request =~ s/\n\z//r, @guard);
is($status, 65, 'half a request is not judged');
is($output, '', 'and has no answer');
ok($errors =~ /request 1 does not end in an empty line/, 'but an error',
    $errors);
($status, $output) = explain("x=y\n\n" . $request, @guard, '--format', 'json');
is(join(' ', map { my $a = decode_json($_); "$a->{verdict}:$a->{cause}" }
    split /\n/, $output), 'DEFER:malformed REJECT:relay',
    'a malformed request is answered as the server answers it');
my $long = $request =~ s/sender=/'sender=' . 'a' x 70000/er;
($status, $output) = explain($long . $ours, @guard, '--format', 'json');
is(join(' ', map { my $a = decode_json($_); $a->{verdict} }
    split /\n/, $output), 'DEFER ACCEPT',
    'one over the limits too, and the next is found');
($status, $output) = explain('', @guard);
is("$status$output", '0', 'no request, no answer');
my $bytes = $request =~ s/sender=/sender=\xff\x01\xc3\xa9/r;
($status, $output) = explain($bytes, @guard, '--format', 'json');
is(decode_json($output)->{session}{from}, "\x{ff}\x01\x{e9}",
    'any byte can be told in JSON');

# ---- sessions

my $header = join("\t", qw(id port client_addr client_name reverse_name
    sasl_login helo sender recipient tls)) . "\n";
put('sessions', $header . join '', map { join("\t", @$_) . "\n" }
    [ 'v1', 25, '203.0.113.66', '', '', '', 'x.test', 'a@x.test',
	'u@outside.test', '' ],
    [ 'v2', 25, '203.0.113.66', '', '', '', '-', '', 'bob@example.com', '' ],
    [ 'v3', 587, '203.0.113.66', 'unknown', '', 'bob', 'x', 'a@x.test',
	'u@outside.test', 'yes' ],
    [ 'v4', '', '2001:db8::1', '', '', '', '-', 'a@x.test',
	'@example.com:u@outside.test', 'cert:AB:CD' ]);
my $lines = <<'END';
v1	REJECT	relay	guard.conf:2
v2	ACCEPT	destinations	guard.conf:2
v3	ACCEPT	users	guard.conf:6
v4	REJECT	relay	guard.conf:2
END
($status, $output, $errors) = explain('', @guard, '--sessions', 'sessions');
is("$status$output$errors", "0$lines", 'one line of answer for each session');
($status, $output, $errors) = explain(get('sessions'), @guard, '--sessions',
    '-');
is("$status$output$errors", "0$lines", 'also from standard input');
($status, $output) = explain('', @guard, '--sessions', 'sessions', '--format',
    'json');
is(join(' ', map { decode_json($_)->{id} } split /\n/, $output),
    'v1 v2 v3 v4', 'also as JSON');
($status, $output, $errors) = explain("recipient\tkind\tclient_addr\n" .
    "u\@outside.test\tstranger\t203.0.113.66\n", @guard, '--sessions', '-');
is("$status $output", "0 2\tREJECT\trelay\tguard.conf:2\n",
    'columns in any order; without an id, the line is it');
is($errors,
    "standard input:1: warning: column \"kind\" is not used\n",
    'what is not used is said');

# ---- mistakes

@cases = (
	[ 65, 'standard input:1: there is no line that names the columns', '' ],
	[ 65, 'standard input:1: no column "recipient"; the first line names ' .
	    'the columns, separated by tabs: id client_addr',
	    "id client_addr recipient\n" =~ s/recipient/x/r =~ s/ /\t/gr ],
	[ 65, 'standard input:1: column "port" is there twice',
	    "port\tport\tclient_addr\trecipient\n" ],
	[ 65, 'standard input:2: 2 columns, but the first line names 3',
	    "id\tclient_addr\trecipient\nv1\t192.0.2.1\n" ],
	[ 65, 'standard input:3: "192.0.2" is not a client: an IP address ' .
	    'such as 192.0.2.1',
	    "client_addr\trecipient\n192.0.2.1\ta\n192.0.2\ta\n" ],
	[ 65, 'standard input:2: "smtp" is not a port: a number from 1 to 65535',
	    "port\tclient_addr\trecipient\nsmtp\t192.0.2.1\ta\n" ],
);
for my $case (@cases) {
	my ($want, $error, $input) = @$case;
	($status, $output, $errors) = explain($input, @guard, '--sessions', '-');
	is($status, $want, "status: $error");
	ok(index($errors, $error) >= 0, "told: $error", $errors);
}
@cases = (
	[ 64, 'client= is missing', 'rcpt=a@b.test' ],
	[ 64, 'rcpt= is missing', 'client=192.0.2.1' ],
	[ 64, 'etrn= is missing', 'client=192.0.2.1', 'stage=etrn' ],
	[ 64, '"rctp=" is not known; these are: client=', 'rctp=a@b.test' ],
	[ 64, '"a@b.test" is not name=value', 'a@b.test' ],
	[ 64, '"rcpt=" is given twice', 'rcpt=a', 'rcpt=b' ],
	[ 64, '"recipient=" is given twice', 'rcpt=a', 'recipient=b' ],
	[ 64, '"x" is not a client', 'client=x' ],
	[ 64, '"0x19" is not a port', 'port=0x19' ],
	[ 64, '"65536" is not a port', 'port=65536' ],
	[ 64, '"bdat" is not a stage', 'stage=bdat' ],
	[ 64, '"smtp" is not a protocol: policy or milter', 'protocol=smtp' ],
	[ 64, '"exim" is not an MTA: postfix or sendmail', 'mta=exim' ],
	[ 64, 'say protocol=milter', 'client=::1', 'rcpt=a', 'mailer=local' ],
	[ 64, 'there is no format "xml": text or json', '--format', 'xml' ],
	[ 64, 'not both', '--sessions', 'sessions', 'client=::1' ],
	[ 64, 'mtaguard explain: unrecognized option', '--nonsense' ],
	[ 64, '--mta is that of postfix, not of "exim"', '--mta=exim' ],
	[ 66, 'no-such-file: No such file', '--sessions', 'no-such-file' ],
	[ 66, 'Is a directory', '--sessions', '.' ],
	[ 78, 'no-such.conf', '--policy', 'no-such.conf', 'client=::1',
	    'rcpt=a' ],
);
for my $case (@cases) {
	my ($want, $error, @arguments) = @$case;
	($status, $output, $errors) = explain('', @guard, @arguments);
	is($status, $want, "status: @arguments");
	ok(index($errors, $error) >= 0, "told: $error", $errors);
	is($output, '', "no answer: @arguments");
}
put('bad.conf', "mode = \"enforce\";\nnetwoks = { };\n");
($status, $output, $errors) = explain('', '-c', 'bad.conf', 'client=::1',
    'rcpt=a');
is($status, 78, 'a policy file with a mistake: status');
ok($errors =~ /^bad\.conf:2: /m, 'and its place', $errors);

# ---- a policy that only observes

put('observe.conf', "mode = \"observe\";\n" . get('guard.conf'));
($status, $output) = explain('', @guard, '--format', 'json',
    'client=203.0.113.9', 'rcpt=v@outside.test', 'certificate=AB', 'key=CD');
is(join(' ', @{decode_json($output)->{session}}{qw(certificate key tls)}),
    'AB CD yes', 'JSON has the facts that a grant asks for');

($status, $output) = explain('', '-c', 'observe.conf', '--format', 'json',
    qw(client=203.0.113.9 rcpt=v@outside.test));
my $answer = decode_json($output);
is($answer->{verdict} . ($answer->{observe} ? ' observed ' : ' ') .
    $answer->{reply}, 'REJECT observed action=DUNNO',
    'in observe mode: what would be refused, and what is told');
($status, $output) = explain("x=y\n\n", '-c', 'observe.conf', '--format',
    'json');
is(decode_json($output)->{reply}, 'action=DUNNO',
    'observe: what cannot be read is not refused either');

# ---- the program itself

is(system("$program >output 2>errors") >> 8, 64, 'no command is misuse');
ok(get('errors') =~ /^  explain +\S/m && get('errors') =~ /^  wire +\S/m,
    'and the commands are told');
is(system("$program --help >output") >> 8, 0, '--help');
is(system("$program explain --help >output") >> 8, 0, 'explain --help');
ok(get('output') =~ /--sessions/, 'tells the options');
is(system("$program nonsense 2>errors") >> 8, 64, 'an unknown command');
is(system("$program --version >output") >> 8, 0, '--version');
ok(get('output') =~ /^mtaguard \d/, 'tells the version');
is(system("$program --help >/dev/full 2>errors") >> 8, 70,
    'what cannot be written is said');

print "1..$count\n";
exit($failures ? 1 : 0);
