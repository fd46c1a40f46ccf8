from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('carte', '0001_initial'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='commande',
            options={'ordering': ('-pk',), 'permissions': [('review_commande', 'Peut contrôler les pièces et décider'), ('record_post', 'Peut saisir ce que dit la Poste')], 'verbose_name': 'commande'},
        ),
        migrations.AlterModelOptions(
            name='lotfabrication',
            options={'ordering': ('-number',), 'permissions': [('download_lotfabrication', 'Peut télécharger le CSV d’un lot'), ('answer_lotfabrication', 'Peut enregistrer la réponse du centre de fabrication')], 'verbose_name': 'lot de fabrication', 'verbose_name_plural': 'lots de fabrication'},
        ),
    ]
