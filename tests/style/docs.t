#!/usr/bin/perl
#
# docs.t - mtaguard.conf(5) has every setting of the tables in the code, with
# its default, and none that is not there.
#
use strict;
use warnings;

chdir($ENV{top_srcdir} // '.') or die;

my $count = 0;
my $failures = 0;

sub ok {
	my ($held, $name, $note) = @_;
	$count++;
	$failures++ unless $held;
	print $held ? 'ok' : 'not ok', " $count - $name\n";
	print "# $note\n" if !$held && defined $note;
}

sub slurp {
	my ($file) = @_;
	open(my $in, '<', $file) or die "$file: $!";
	local $/;
	return scalar <$in>;
}

# name => its defaults, one for each table that it stands in; '' for none.
my (%settings, %later);
for my $file (glob 'src/policy/policy*.c') {
	my $code = slurp($file);
	while ($code =~ /struct policy_setting \w+\[\] = \{(.*?)\n\};/gs) {
		my $table = $1;
		while ($table =~ /\{([^{}]*\.name = "(\w+)"(?:[^{}"]|"(?:[^"\\]|\\.)*")*)\}/gs) {
			my ($row, $name) = ($1, $2);
			my $default = '';
			if ($row =~ /POLICY_SETTING_LATER/) {
				$later{$name} = 1;
				next;
			}
			$default = $1
			    if $row =~ /\.preset = "((?:[^"\\]|\\.)*)"/;
			$default =~ s/\\"/"/g;
			push @{$settings{$name}}, $default;
		}
	}
}
ok(keys %settings >= 30, 'the tables of settings are found',
    join ' ', sort keys %settings);
ok(keys %later > 0, 'settings of later versions are found');

# name => what the page says that it is without a setting.
my $page = slurp('man/mtaguard.conf.5');
my %documented;
while ($page =~ /^\.It Ic (\w+)(?: No = (.*))?$/gm) {
	my ($name, $default) = ($1, $2 // '');
	$default =~ s/\\\(dq/"/g;
	$default =~ s/\\ / /g;
	$default =~ s/\bQq (?:Cm )?(\S+)/"$1"/g;
	push @{$documented{$name}}, $default;
}

# An empty list or group is what an absent setting means.
sub plain {
	my ($default) = @_;
	$default =~ s/\s+//g;
	return $default =~ /^(\[\]|\(\)|\{\}|"")$/ ? '' : $default;
}

for my $name (sort keys %settings) {
	my $found = $documented{$name};
	ok(defined $found, "$name is documented");
	next unless defined $found;
	for my $default (@{$settings{$name}}) {
		ok(scalar(grep { plain($_) eq plain($default) } @$found),
		    "$name has its default: $default",
		    "the page says: @$found");
	}
}
for my $name (sort keys %later) {
	ok($page =~ /^\.Ic .*\b$name\b/m, "$name is said to come later");
	ok(!$documented{$name}, "$name is not described as if it were there");
}
for my $name (sort keys %documented) {
	ok($settings{$name}, "$name is a setting");
}
print "1..$count\n";
exit($failures > 0);
