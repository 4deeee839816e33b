#!/usr/bin/perl
#
# shape.t - files and functions keep the shape that STYLE asks for: a first
# comment that names the file, at most 600 lines, functions of at most 50
# lines and three levels, no line over 80 columns, only /* */ comments.
#
use strict;
use warnings;

chdir($ENV{top_srcdir} // '.') or die;

my $count = 0;
my $failures = 0;

sub result {
	my ($name, @wrong) = @_;
	$count++;
	$failures++ if @wrong;
	print @wrong ? 'not ok' : 'ok', " $count - $name\n";
	print "# $_\n" for @wrong;
}

# Expands tabs, to measure columns.
sub width {
	my ($line) = @_;
	1 while $line =~ s/\t/' ' x (8 - length($`) % 8)/e;
	return length $line;
}

# Functions that would be harder to read when cut: name => reason.
my %long = ();

# What no code of ours calls (STYLE, "Never").
my $never = qr/\b(alloca|strcpy|strcat|sprintf|vsprintf|atoi|atol|strtok|gets)\s*\(/;

sub look {
	my ($file) = @_;
	my ($name) = $file =~ m{([^/]+)$};
	my @wrong;

	open(my $in, '<', $file) or die "$file: $!";
	my @lines = <$in>;
	close $in;
	chomp @lines;

	push @wrong, "no first comment \"$name - what it is\""
	    unless @lines > 1 && $lines[0] eq '/*' &&
	    $lines[1] =~ /^ \* \Q$name\E - ./;
	push @wrong, scalar(@lines) . ' lines' if @lines > 600;

	my ($start, $function);
	for my $i (0 .. $#lines) {
		my $line = $lines[$i];
		my $at = $i + 1;
		push @wrong, "line $at: " . width($line) . ' columns'
		    if width($line) > 80;
		push @wrong, "line $at: white space at the end"
		    if $line =~ /\s$/;
		push @wrong, "line $at: a // comment"
		    if $line =~ m{^\s*//|[;{}]\s*//};
		push @wrong, "line $at: $1()"
		    if $line =~ $never && $line !~ m{^\s*(/?\*|")};
		($start, $function) = ($at, $lines[$i - 1])
		    if $line eq '{' && $i > 0;
		if ($line eq '}' && defined $start) {
			my $length = $at - $start - 1;
			push @wrong, "line $start: a function of $length lines"
			    if $length > 50 && !$long{"$file:$start"};
			undef $start;
		}
		push @wrong, "line $at: more than three levels"
		    if defined $start &&
		    $line =~ /^\t{5,}(if|for|while|do|switch|return)\b/;
	}
	result($file, @wrong);
}

my @files = sort(glob('src/*.[ch] src/*/*.[ch] tests/*/*.[ch]'));
look($_) for @files;
print "1..$count\n";
exit($failures > 0);
